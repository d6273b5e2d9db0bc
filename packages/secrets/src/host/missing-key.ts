import { nearestName, shellQuote } from "@flurry/core";

import type { SopsFile } from "../sops/document.ts";
import { child, entriesOf, printPath } from "../sops/tree.ts";
import type { MapNode, TreeNode } from "../sops/tree.ts";

/** What is wrong with a key that a host asks a file for. */
export interface MissingKey {
  readonly message: string;
  readonly hint: string;
}

/**
 * Looks a key up as sops-nix does: `/` goes into maps, and the empty key is the whole file, as is every key of a format
 * without maps. Source: `recurseSecretKey` of pkgs/sops-install-secrets.
 *
 * @returns undefined when it is there
 */
export function missingKey(
  { format, parsed }: SopsFile,
  { key, shown }: { readonly key: string; readonly shown: string },
): MissingKey | undefined {
  const [document] = parsed.documents;
  if (key === "" || document === undefined || (format !== "yaml" && format !== "json")) return undefined;
  let node: TreeNode = document;
  const way: string[] = [];
  for (const step of key.split("/")) {
    const next: TreeNode | undefined = node.kind === "map" ? child(node, step) : undefined;
    if (next === undefined) return absent(node.kind === "map" ? node : undefined, { key, shown, way, step });
    way.push(step);
    node = next;
  }
  if (node.kind === "leaf") return undefined;
  return {
    message: `the key ${key} of ${shown} is a ${node.kind}, and no single value`,
    hint: 'name the value in it, or give the secret its own file and key = ""',
  };
}

function absent(
  map: MapNode | undefined,
  {
    key,
    shown,
    way,
    step,
  }: { readonly key: string; readonly shown: string; readonly way: readonly string[]; readonly step: string },
): MissingKey {
  const near =
    map === undefined
      ? undefined
      : nearestName(
          step,
          entriesOf(map).map((entry) => entry.key),
        );
  const set = `flurry secrets set ${shellQuote(shown)} ${pathWord(key)}`;
  return {
    message: `${shown} has no key ${key}`,
    hint: near === undefined ? set : `did you mean ${[...way, near].join("/")}? Else: ${set}`,
  };
}

/** The path as `flurry secrets set` takes it, for a shell. */
function pathWord(key: string): string {
  const steps = key.split("/");
  return steps.every((step) => /^[\w-]+$/.test(step)) ? steps.join(".") : shellQuote(printPath(steps));
}
