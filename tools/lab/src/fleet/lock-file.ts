/** A tree in the Nix store, as a lock file pins it. */
export interface LockedSource {
  /** `/nix/store/…-source` */
  readonly path: string;
  /** Hash of the tree as Nix archives it: `sha256-…` in base 64. */
  readonly narHash: string;
}

/** An input of the root flake. */
export interface LockedInput {
  readonly name: string;
  /** What flake.nix says, `github:<owner>/<repo>[/<ref>]`. */
  readonly url: string;
  /** The tree to use in its place. */
  readonly source: LockedSource;
  /** Inputs of the input that are inputs of the root: `{ nixpkgs: "nixpkgs" }`. */
  readonly follows?: Readonly<Record<string, string>>;
}

/**
 * The text of a flake.lock that lets a flake with github: inputs be evaluated offline. Nix compares each node's
 * `original` with flake.nix and fetches only `locked`, which here is a path. Without `lastModified`, as Nix 2.8 compares
 * it with the path's.
 *
 * Format: version 7, https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake#lock-files, in the order and
 * spacing that Nix itself writes, so that Nix finds nothing to rewrite.
 *
 * @throws RangeError for a url that is not `github:owner/repo[/ref]`
 */
export function lockFileText(inputs: readonly LockedInput[]): string {
  const sorted = inputs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const nodes = [
    ...sorted.map((input) => [input.name, lockNode(input)] as const),
    ["root", { inputs: Object.fromEntries(sorted.map(({ name }) => [name, name])) }] as const,
  ].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ nodes: Object.fromEntries(nodes), root: "root", version: 7 }, null, 2)}\n`;
}

function lockNode({ url, source, follows = {} }: LockedInput): object {
  const inputs = Object.entries(follows).map(([name, target]) => [name, [target]] as const);
  return {
    ...(inputs.length === 0 ? {} : { inputs: Object.fromEntries(inputs) }),
    locked: { narHash: source.narHash, path: source.path, type: "path" },
    original: parseGithubUrl(url),
  };
}

function parseGithubUrl(url: string): object {
  const match = /^github:(?<owner>[^/?#]+)\/(?<repo>[^/?#]+)(?:\/(?<ref>[^?#]+))?$/.exec(url);
  if (match?.groups === undefined) throw new RangeError(`not a github: reference: ${url}`);
  const { owner, repo, ref } = match.groups;
  return { owner, ...(ref === undefined ? {} : { ref }), repo, type: "github" };
}
