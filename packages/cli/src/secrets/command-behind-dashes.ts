import { FlurryError } from "@flurry/core";

/** The command that a user gave: words behind `--`, or one text for the shell as sops takes it. */
export interface GivenCommand {
  readonly words: readonly string[] | undefined;
  readonly shellText: string | undefined;
}

/**
 * The program and its arguments.
 *
 * @throws FlurryError FLURRY_USAGE when there is none, or both
 */
export function commandBehindDashes(
  command: "exec-env" | "exec-file",
  file: string,
  { words = [], shellText }: GivenCommand,
): readonly [string, ...string[]] {
  const [program, ...args] = words;
  const hint = `write for example: flurry secrets ${command} ${file} -- ./serve${command === "exec-file" ? " --config {}" : ""}`;
  if (program !== undefined && shellText !== undefined)
    throw new FlurryError("FLURRY_USAGE", `flurry secrets ${command} takes one command`, { hint });
  if (shellText !== undefined) return ["/bin/sh", "-c", shellText];
  if (program === undefined)
    throw new FlurryError("FLURRY_USAGE", `flurry secrets ${command} needs a command after --`, { hint });
  return [program, ...args];
}
