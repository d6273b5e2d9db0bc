import type { Issue } from "@flurry/core";

import type { DeploymentKey, KeySource } from "../fleet/deployment-key.ts";
import type { ColmenaKey, ColmenaNode } from "./colmena-schema.ts";

/** The keys of a node with Colmena's own defaults, in the order of their names. */
export function keysOf({ keys = {} }: ColmenaNode): readonly DeploymentKey[] {
  return Object.entries(keys)
    .map(([name, key]) => keyOf(name, key))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function keyOf(name: string, key: ColmenaKey): DeploymentKey {
  const { destDir = "/run/keys", user = "root", group = "root", permissions: mode = "0600" } = key;
  return {
    name,
    path: key.path ?? `${destDir.replace(/\/+$/, "")}/${key.name ?? name}`,
    source: sourceOf(key),
    user,
    group,
    mode,
    uploadAt: key.uploadAt ?? "pre-activation",
  };
}

function sourceOf({ keyFile, keyCommand }: ColmenaKey): KeySource {
  if (keyFile != null) return { kind: "file", path: keyFile };
  if (keyCommand != null) return { kind: "command", words: keyCommand };
  return { kind: "text" };
}

/** What is wrong with the keys of a node as a whole. */
export function keyMistakes(node: ColmenaNode, path: Issue["path"]): readonly Issue[] {
  const keys = keysOf(node);
  return keys.flatMap((key, index) => {
    const other = keys.slice(0, index).find((earlier) => earlier.path === key.path);
    if (other === undefined) return [];
    const hint = "give one of them another name or destDir";
    const message = `${other.name} is brought to ${key.path} as well`;
    return [{ code: "doubled", message, severity: "error" as const, path: [...path, key.name], hint }];
  });
}

/** Keys whose value everybody may read who may use this machine. */
export function keyWarnings(node: ColmenaNode, path: Issue["path"]): readonly Issue[] {
  const readable = keysOf(node).filter(
    ({ source }) => source.kind === "text" || (source.kind === "file" && source.path.startsWith("/nix/store/")),
  );
  if (readable.length === 0) return [];
  const names = readable.map(({ name }) => name);
  const which = names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  const hint = "take keyCommand, or the path of a file outside of the flake as a text";
  const message = `whoever may use this machine can read these keys in its Nix store: ${which}`;
  return [{ code: "readable-key", message, severity: "warning", path, hint }];
}
