import type { Issue } from "@flurry/core";

import { unknownKeyHint } from "../fleet-file/schema-keys.ts";
import { checkTag } from "../fleet/names.ts";
import { keyWarnings } from "./colmena-keys.ts";
import { colmenaKeys } from "./colmena-schema.ts";
import type { ColmenaInput, ColmenaNode } from "./colmena-schema.ts";

type Path = Issue["path"];

/** Everything in a hive that Flurry does not know, or does otherwise. */
export function colmenaWarnings({ meta = {}, nodes }: ColmenaInput): readonly Issue[] {
  return [
    ...unknownKeys(meta, colmenaKeys.meta, ["meta"]),
    ...machinesFile(meta.machinesFile),
    ...Object.entries(nodes).flatMap(([name, node]) => nodeWarnings(name, node)),
  ];
}

function machinesFile(file: string | null | undefined): readonly Issue[] {
  if (file == null) return [];
  const hint = `give it to Nix: --builders @${file}, or builders in nix.conf`;
  return [warning(["meta", "machinesFile"], "the file of remote builders is not used", hint)];
}

function nodeWarnings(name: string, node: ColmenaNode): readonly Issue[] {
  const path = [name, "deployment"];
  // A node that may deploy itself is deployed with --local.
  if (node.targetHost === null && node.allowLocalDeployment !== true) {
    const hint = "give it a targetHost, or allowLocalDeployment to deploy it on itself with flurry deploy --local";
    return [warning([...path, "targetHost"], "the node has no targetHost and is not deployed", hint)];
  }
  return [
    ...unknownKeys(node, colmenaKeys.node, path),
    ...(node.tags ?? []).flatMap((tag) => tagWarning(tag, [...path, "tags"])),
    ...Object.entries(node.keys ?? {}).flatMap(([key, options]) =>
      unknownKeys(options, colmenaKeys.key, [...path, "keys", key]),
    ),
    ...keyWarnings(node, [...path, "keys"]),
  ];
}

function tagWarning(tag: string, path: Path): readonly Issue[] {
  const complaint = checkTag(tag);
  if (complaint === undefined) return [];
  return [warning(path, `the tag is left out: ${complaint.message}`, complaint.hint ?? "choose another tag")];
}

function unknownKeys(mapping: object, known: readonly string[], path: Path): readonly Issue[] {
  return Object.keys(mapping)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      code: "unknown-key",
      message: "unknown key",
      severity: "warning",
      path: [...path, key],
      hint: unknownKeyHint(key, known),
    }));
}

function warning(path: Path, message: string, hint: string): Issue {
  return { code: "differs-from-colmena", message, severity: "warning", path, hint };
}
