import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runProcess } from "@flurry/core";

/** A folder with keys of gpg, whose agent ends with it. */
export interface GpgHome extends AsyncDisposable {
  /** GNUPGHOME. */
  readonly path: string;
  /** Makes a key that signs and encrypts and returns its fingerprint. */
  key(name: string, options?: { readonly passphrase?: string }): Promise<string>;
  /** Takes in the public half of a key of another folder. */
  learn(fingerprint: string, from: GpgHome): Promise<void>;
  /** Runs gpg, which must end well, and returns what it prints. */
  gpg(args: readonly string[], stdin?: string): Promise<string>;
  /** Ends the agent, which then knows no passphrase any more. */
  endAgent(): Promise<void>;
}

export async function gpgHome(): Promise<GpgHome> {
  // Not in a longer path: the sockets of the agent are in it, whose names may have 107 bytes.
  const path = await mkdtemp(join(tmpdir(), "flurry-gpg-"));
  const env = { PATH: process.env["PATH"], GNUPGHOME: path, LC_ALL: "C" };
  const gpg = async (args: readonly string[], stdin = ""): Promise<string> => {
    const { exitCode, stdout, stderr } = await runProcess("gpg", ["--batch", ...args], {
      env,
      stdin,
      timeoutMs: 60_000,
    });
    if (exitCode !== 0) throw new Error(`gpg ${args.join(" ")} ended with ${exitCode}: ${stderr}`);
    return stdout;
  };
  const endAgent = async (): Promise<void> => {
    await runProcess("gpgconf", ["--kill", "all"], { env, timeoutMs: 30_000 });
  };
  return {
    path,
    gpg,
    endAgent,
    key: async (name, { passphrase = "" } = {}) => {
      const quiet = ["--pinentry-mode", "loopback", "--passphrase", passphrase, "--quiet", "--trust-model", "always"];
      await gpg([...quiet, "--quick-generate-key", `${name} <${name}@example.org>`, "future-default", "default", "0"]);
      const listed = await gpg(["--with-colons", "--list-keys", `${name}@example.org`]);
      const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1];
      if (fingerprint === undefined) throw new Error(`gpg made no key: ${listed}`);
      return fingerprint;
    },
    learn: async (fingerprint, from) => {
      await gpg(["--quiet", "--import"], await from.gpg(["--armor", "--export", fingerprint]));
    },
    [Symbol.asyncDispose]: async () => {
      await endAgent();
      await rm(path, { recursive: true, force: true });
    },
  };
}
