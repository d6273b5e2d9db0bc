import { FlurryError, isStorePath, shellCommand } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import type { HostLink } from "../host/host-link.ts";
import { bootParts } from "./boot-change.ts";
import type { BootFiles, BootPart } from "./boot-change.ts";
import type { ClosurePath } from "./closure-diff.ts";

/** Milliseconds for a question to a host's store. */
const questionMs = 120_000;

// Everything here only reads, and runs as the ssh user.
const bootScript =
  'for part in kernel initrd kernel-modules systemd; do [ ! -e "$0/$part" ] || printf "%s %s\\n" "$part" "$(readlink -f "$0/$part")"; done; ' +
  '[ ! -e "$0/kernel-params" ] || printf "%s %s\\n" kernel-params "$(cat "$0/kernel-params")"';
const closureScript =
  'paths=$(nix-store --query --requisites "$0") && nix-store --query --size $paths && printf "%s\\n" $paths';
const missingScript = "exec xargs nix-store --check-validity --print-invalid";

/**
 * The boot parts of a system on a host.
 *
 * @param system - a store path or `/run/booted-system`; for a path that is not on the host there are no parts
 */
export async function remoteBootFiles(link: HostLink, system: string, signal: AbortSignal): Promise<BootFiles> {
  const lines = (await ask(link, { script: bootScript, word: system, signal })).split("\n");
  const known: ReadonlySet<string> = new Set(bootParts);
  return Object.fromEntries(
    lines.flatMap((line): readonly (readonly [BootPart, string])[] => {
      const [part = ""] = line.split(" ", 1);
      return known.has(part) ? [[part as BootPart, line.slice(part.length + 1)]] : [];
    }),
  );
}

/**
 * The closure of a path on a host, as the host's store knows it.
 *
 * @throws FlurryError FLURRY_REMOTE_COMMAND_FAILED and those of the connection
 */
export async function remoteClosure(
  link: HostLink,
  path: StorePath,
  signal: AbortSignal,
): Promise<readonly ClosurePath[]> {
  const lines = (await ask(link, { script: closureScript, word: path, signal }))
    .split("\n")
    .filter((line) => line !== "");
  const paths = lines.filter(isStorePath);
  const sizes = lines.slice(0, paths.length).map(Number);
  if (lines.length !== 2 * paths.length || sizes.some((size) => !Number.isSafeInteger(size)))
    throw new FlurryError(
      "FLURRY_REMOTE_COMMAND_FAILED",
      "the host's nix-store printed something else than a closure",
      {
        host: link.host.name,
      },
    );
  return paths.map((each, at) => ({ path: each, narSize: sizes[at] ?? 0 }));
}

/**
 * Those of the paths that the host does not have.
 *
 * @throws FlurryError FLURRY_REMOTE_COMMAND_FAILED and those of the connection
 */
export async function missingOnHost<T extends ClosurePath>(
  link: HostLink,
  paths: readonly T[],
  signal: AbortSignal,
): Promise<readonly T[]> {
  if (paths.length === 0) return [];
  const stdin = paths.map(({ path }) => path).join("\n");
  const invalid = new Set((await ask(link, { script: missingScript, word: "sh", signal, stdin })).split("\n"));
  return paths.filter(({ path }) => invalid.has(path));
}

interface Question {
  readonly script: string;
  /** `$0` of the script. */
  readonly word: string;
  readonly signal: AbortSignal;
  readonly stdin?: string;
}

async function ask(link: HostLink, { script, word, signal, stdin }: Question): Promise<string> {
  const session = await link.session(signal);
  const command = shellCommand(["sh", "-c", script, word]);
  const options = { signal, timeoutMs: questionMs, ...(stdin === undefined ? {} : { stdin }) };
  const { exitCode, stdout, stderr } = await session.exec(command, options);
  if (exitCode === 0) return stdout;
  throw new FlurryError("FLURRY_REMOTE_COMMAND_FAILED", "the host could not be asked about its store", {
    host: link.host.name,
    details: stderr,
  });
}
