import type { NixRule } from "../rule.ts";

/** `<nixpkgs>`: whatever NIX_PATH says on the machine that evaluates. */
export const nixSearchPath: NixRule = {
  name: "nix-search-path",
  about: "What <name> stands for is different on each machine; a flake may not look it up.",
  severity: "error",
  scan: ({ code }) =>
    code
      .filter(({ kind }) => kind === "search-path")
      .map((token) => ({
        at: token,
        message: `${token.text} is looked up in NIX_PATH, which a flake does not have`,
        hint: token.text.startsWith("<nixpkgs")
          ? "take the flake's input: inputs.nixpkgs through specialArgs, or the modules' pkgs and modulesPath"
          : "make it an input of the flake, or a path in the repository",
      })),
};
