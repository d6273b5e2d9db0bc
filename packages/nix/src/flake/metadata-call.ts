/** The words by which nix is asked what a flake reference stands for. */
export function metadataCall(ref: string): { readonly command: readonly string[]; readonly args: readonly string[] } {
  return { command: ["flake", "metadata"], args: ["--json", "--", ref] };
}
