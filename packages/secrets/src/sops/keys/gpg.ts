import { FlurryError, runProcess } from "@flurry/core";

import type { KeyOpener, KeyWrapper } from "../master-key.ts";
import { gpgVerdict } from "./gpg-status.ts";
import type { GpgVerdict } from "./gpg-status.ts";

/** How gpg is run. */
export interface GpgOptions {
  /** Its environment; SOPS_GPG_EXEC names another program, GNUPGHOME other keys. */
  readonly env: NodeJS.ProcessEnv;
  /** The folder that it runs in, from which relative paths in its environment start. Default: this process' own. */
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/** PGP keys that gpg has, on smartcards too; its agent asks for passphrases. */
export function gpgOpener(options: GpgOptions): KeyOpener {
  return {
    type: "pgp",
    rank: () => 4,
    open: async (key) => {
      // With --quiet it would not say which keys it has not, or could not use.
      const words = ["--status-fd", "2", "--decrypt"];
      const result = await gpg(words, key.enc, options).catch((error: unknown) => {
        if (FlurryError.is(error) && error.code === "FLURRY_PROCESS_NOT_FOUND") return undefined;
        throw error;
      });
      if (result === undefined) return null;
      const verdict = gpgVerdict(result.stderr);
      // An old gpg writes nothing, and calls it done, where a newer one encrypted in a way that it does not know.
      if (result.exitCode !== 0 || result.stdout === "") return notOpened(key.id, verdict);
      return Buffer.from(result.stdout, "latin1");
    },
  };
}

function notOpened(id: string, { kind, said }: GpgVerdict): null {
  switch (kind) {
    case "no-key":
      return null;
    case "locked":
      throw new FlurryError("FLURRY_SOPS_KEY_LOCKED", `gpg has the PGP key ${id} and cannot use it`, {
        details: said,
        hint: "Have gpg's agent ask for the passphrase, in a shell with: export GPG_TTY=$(tty)",
      });
    case "failed":
      throw new FlurryError("FLURRY_SOPS_KEY_DAMAGED", `gpg cannot open the data key wrapped for ${id}`, {
        details: said,
      });
  }
}

/**
 * A PGP key that gpg has, for whom data keys can be wrapped.
 *
 * @param fingerprint - of its public key, written to files as it is
 */
export function gpgWrapper(fingerprint: string, options: GpgOptions): KeyWrapper {
  const id = fingerprint.replaceAll(/\s/g, "");
  if (!/^[0-9A-Fa-f]{16,64}!?$/.test(id)) {
    throw new FlurryError("FLURRY_SOPS_RECIPIENT_INVALID", `${JSON.stringify(fingerprint)} is no fingerprint of PGP`, {
      hint: "gpg --list-keys shows them: 40 hexadecimal digits.",
    });
  }
  return {
    type: "pgp",
    id,
    wrap: async (share) => {
      const trusted = ["--trusted-key", id.replace("!", "").slice(-16)];
      const words = ["--no-default-recipient", "--no-encrypt-to", "--yes", "--batch", "--quiet", ...trusted];
      const result = await gpg([...words, "--armor", "--recipient", id, "--encrypt"], share, options);
      if (result.exitCode !== 0) {
        throw new FlurryError("FLURRY_SOPS_RECIPIENT_INVALID", `gpg cannot encrypt to ${id}`, {
          details: result.stderr,
          hint: "Import its public key: gpg --import FILE",
        });
      }
      return result.stdout.trimEnd();
    },
  };
}

/** gpg writes a data key as bytes, which are no text. */
function gpg(
  args: readonly string[],
  stdin: string | Uint8Array,
  { env, cwd, signal }: GpgOptions,
): ReturnType<typeof runProcess> {
  const named = env["SOPS_GPG_EXEC"] ?? "";
  const place = { env, ...(cwd === undefined ? {} : { cwd }) };
  const limits = { timeoutMs: 300_000, encoding: "latin1" as const, ...(signal === undefined ? {} : { signal }) };
  return runProcess(named === "" ? "gpg" : named, args, { ...place, ...limits, stdin });
}
