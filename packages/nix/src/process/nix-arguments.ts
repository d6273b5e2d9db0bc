import type { NixContext } from "./nix-context.ts";

/** The words of a call of nix after the program's name. */
export function nixArguments(
  context: NixContext,
  { command, args }: { readonly command: readonly string[]; readonly args: readonly string[] },
): readonly string[] {
  return [
    // Before the subcommand: whether that may be used at all is decided by then.
    "--extra-experimental-features",
    "nix-command flakes",
    ...command,
    "--log-format",
    "internal-json",
    ...(context.options ?? []).flatMap(([name, value]) => ["--option", name, value]),
    ...(context.extraArgs ?? []),
    ...args,
  ];
}
