/** Gives each key of a `.sops.yaml` a name that YAML takes as an anchor and that no other key has. */
export class AnchorNames {
  readonly #taken = new Set<string>();

  /** @param index - which of the owner's keys it is, from 0 */
  take(owner: string, index: number): string {
    // go-yaml, which sops reads with, takes no other characters.
    const base = owner.replaceAll(/[^A-Za-z0-9_-]/g, "_");
    let count = index + 1;
    let name = count === 1 ? base : `${base}__${count}`;
    for (; this.#taken.has(name); name = `${base}__${count}`) count += 1;
    this.#taken.add(name);
    return name;
  }
}

/** The keys of a `.sops.yaml` by the names of their anchors: lines like `- &nas age1…`. */
export function anchorsOf(sopsYaml: string): ReadonlyMap<string, string> {
  const anchors = sopsYaml.matchAll(/^[ \t]*-[ \t]+&([A-Za-z0-9_-]+)[ \t]+(["']?)([^"'\r\n#]+?)\2[ \t]*(?:#.*)?$/gm);
  return new Map([...anchors].map(([, name = "", , key = ""]) => [name, key]));
}
