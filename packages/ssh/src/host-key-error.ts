import { FlurryError, shellCommand } from "@flurry/core";
import type { FlurryErrorCode, FlurryErrorOptions } from "@flurry/core";

import type { HostKeyKnowledge, HostKeyVerdict } from "./host-key.ts";
import type { KnownHostsEntry } from "./known-hosts.ts";
import { placeName } from "./options.ts";
import type { ResolvedSshOptions } from "./options.ts";
import { formatPublicKey, keyName } from "./public-key.ts";
import type { PublicKey } from "./public-key.ts";

/** The refusal of a host key; see {@link hostKeyError}. */
export interface RefusedHostKey {
  /** What errors call the host. */
  readonly name: string;
  readonly key: PublicKey;
  readonly verdict: Exclude<HostKeyVerdict, { readonly status: "trusted" | "new" }>;
  readonly knowledge: HostKeyKnowledge;
  readonly options: ResolvedSshOptions;
}

type Refusal<Status> = Omit<RefusedHostKey, "verdict"> & {
  readonly verdict: Extract<HostKeyVerdict, { status: Status }>;
};
interface Explanation extends Pick<FlurryErrorOptions, "hint" | "place"> {
  readonly code: FlurryErrorCode;
  /** What is wrong with the key that is shown. */
  readonly problem: string;
}

/** Says which key was shown, which one was expected, where that is written, and what to do about it. */
export function hostKeyError(refused: RefusedHostKey): FlurryError {
  const { code, problem, ...options } = explain(refused);
  const message = `${placeName(refused.name, refused.options)} shows the ${keyName(refused.key)}, ${problem}`;
  return new FlurryError(code, message, {
    ...options,
    details: `The key that was shown:\n${formatPublicKey(refused.key)}`,
  });
}

function explain({ verdict, ...rest }: RefusedHostKey): Explanation {
  if (verdict.status === "revoked") return explainRevoked({ ...rest, verdict });
  if (verdict.status === "not-pinned") return explainNotPinned({ ...rest, verdict });
  if (verdict.status === "changed") return explainChanged({ ...rest, verdict });
  return explainUnknown({ ...rest, verdict });
}

function explainRevoked({ verdict }: Refusal<"revoked">): Explanation {
  return {
    code: "FLURRY_SSH_HOST_KEY_REVOKED",
    problem: `which ${verdict.by} revokes`,
    hint: "Do not connect with it: whoever has the private half can pose as the host. Give the host a new key, and trust that one.",
  };
}

function explainNotPinned({ key, knowledge }: Refusal<"not-pinned">): Explanation {
  return {
    code: "FLURRY_SSH_HOST_KEY_CHANGED",
    problem: `but the fleet expects the ${knowledge.pinned.map(keyName).join(" or ")}`,
    hint: `Somebody may be in between. If you know why the key is another one, write into the fleet file: ${pin(key)}.`,
  };
}

function explainChanged({ verdict, options }: Refusal<"changed">): Explanation {
  const known = verdict.known.map((entry) => `${place(entry)} has the ${keyName(entry.key)}`);
  return {
    code: "FLURRY_SSH_HOST_KEY_CHANGED",
    problem: `but ${known.join(" and ")}`,
    ...firstPlace(verdict.known),
    hint: `Somebody may be in between. If you know why the key is another one, run: ${forget(options, verdict.known)}`,
  };
}

function explainUnknown({ verdict, key, options }: Refusal<"unknown">): Explanation {
  const [authority] = verdict.authorities;
  const file = options.userKnownHostsFiles[0];
  const line = `${options.hostKeyName} ${formatPublicKey(key)}`;
  const compare = "Compare it with what `ssh-keygen -lf` says of the files /etc/ssh/ssh_host_*_key.pub on the host";
  const add =
    file === undefined
      ? ""
      : `, or run: ${shellCommand(["printf", String.raw`%s\n`, line])} >> ${shellCommand([file])}`;
  return {
    code: "FLURRY_SSH_HOST_KEY_UNKNOWN",
    problem: `which is not known${authority === undefined ? "" : `, and no certificate of the authority at ${place(authority)} vouches for it`}`,
    ...firstPlace(verdict.authorities),
    hint: `${compare}; then write into the fleet file: ${pin(key)}${add}`,
  };
}

function forget(options: ResolvedSshOptions, known: readonly KnownHostsEntry[]): string {
  const files = [...new Set(known.map(({ file }) => file))];
  return files.map((file) => shellCommand(["ssh-keygen", "-R", options.hostKeyName, "-f", file])).join(" && ");
}

function pin(key: PublicKey): string {
  return `hostKeys: ["${formatPublicKey(key)}"]`;
}

function place({ file, line }: KnownHostsEntry): string {
  return `${file}:${line}`;
}

function firstPlace(entries: readonly KnownHostsEntry[]): { place?: { file: string; line: number } } {
  const entry = entries[0];
  return entry === undefined ? {} : { place: { file: entry.file, line: entry.line } };
}
