import type { Issue } from "@flurry/core";

import { unknownKeyHint } from "../fleet-file/schema-keys.ts";
import { checkTag } from "../fleet/names.ts";
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
    ...optionWarnings(node, path),
    ...(node.tags ?? []).flatMap((tag) => tagWarning(tag, [...path, "tags"])),
    ...keyWarnings(node, [...path, "keys"]),
  ];
}

function optionWarnings(node: ColmenaNode, path: Path): readonly Issue[] {
  const found: Issue[] = [];
  const warn = (option: string, message: string, hint: string): void =>
    void found.push(warning([...path, option], message, hint));
  if (node.replaceUnknownProfiles === false)
    warn(
      "replaceUnknownProfiles",
      "not followed: a system that is not known here is replaced",
      "look at flurry status before you deploy",
    );
  return found;
}

function tagWarning(tag: string, path: Path): readonly Issue[] {
  const complaint = checkTag(tag);
  if (complaint === undefined) return [];
  return [warning(path, `the tag is left out: ${complaint.message}`, complaint.hint ?? "choose another tag")];
}

/** One for all keys of a node: they have one way out. */
function keyWarnings({ keys = {} }: ColmenaNode, path: Path): readonly Issue[] {
  const names = Object.keys(keys);
  if (names.length === 0) return [];
  const unknown = Object.entries(keys).flatMap(([name, key]) => unknownKeys(key, colmenaKeys.key, [...path, name]));
  const which = names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  const hint = "upload them with colmena upload-keys, or move them to sops-nix or agenix and flurry secrets";
  return [...unknown, warning(path, `the keys are not uploaded: ${which}`, hint)];
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
