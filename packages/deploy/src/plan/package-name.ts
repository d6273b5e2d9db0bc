/** What the name of a store path says of the package in it. */
export interface PackageName {
  readonly name: string;
  /** Empty for paths that have none: configuration files, units, wrappers. */
  readonly version: string;
}

// What nixpkgs calls the outputs of packages. Other words at the end belong to the name.
const outputs = new Set(
  "out bin dev lib man doc info devdoc devman static debug include data dist modules sbin getent su login mount swap lastlog nss cli pam kmod".split(
    " ",
  ),
);
// Words behind a version that are part of it.
const versionWords = new Set("unstable stable pre alpha beta rc git lts final release".split(" "));

/**
 * Splits the name of a store path (without hash) as Nix does (`builtins.parseDrvName`): the version begins after the
 * first dash that no letter follows. The output (`-dev`, `-man`) is left out, so that the outputs of a package count as
 * one.
 */
export function parsePackageName(text: string): PackageName {
  const { name, version } = splitVersion(text);
  if (version !== "") return { name, version: withoutOutput(version, (word) => !versionWords.has(word)) };
  return { name: withoutOutput(name, (word) => outputs.has(word)), version };
}

/** Name and version of a derivation's or a package's name, at the first dash that no letter follows. */
export function splitVersion(text: string): PackageName {
  const dash = text.search(/-[^A-Za-z]/);
  return dash < 0 ? { name: text, version: "" } : { name: text.slice(0, dash), version: text.slice(dash + 1) };
}

function withoutOutput(text: string, isOutput: (word: string) => boolean): string {
  const match = /^(.+)-([a-z]+)$/.exec(text);
  const [, rest, word] = match ?? [];
  return rest !== undefined && word !== undefined && isOutput(word) ? rest : text;
}
