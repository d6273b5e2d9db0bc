import { FlurryError, nearestName } from "@flurry/core";
import { isScalar } from "yaml";

import { parseRecipient } from "../age/recipient.ts";
import type { KeyType } from "../sops/master-key.ts";
import { entriesOfMap, itemsOfList, textOfScalar } from "./placed-yaml.ts";
import type { PlacedEntry, PlacedYaml } from "./placed-yaml.ts";
import { canonicalKey } from "./policy-key.ts";
import type { PolicyKey } from "./policy-key.ts";
import type { Report } from "./sops-config.ts";

/** What `sops` reads in one of the `key_groups`. Source: `keyGroup` of config/config.go, 3.13. */
const groupKeys = ["merge", "age", "pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault"];

/** Groups that merge groups that merge groups are a mistake. */
const maxDepth = 20;

/** The keys of a rule without groups, in the order in which `sops` takes them. */
export function readFlatKeys(yaml: PlacedYaml, entries: readonly PlacedEntry[], report: Report): PolicyKey[] {
  return entries.flatMap(({ key, value }): PolicyKey[] => {
    switch (key) {
      case "age":
      case "pgp":
      case "kms":
      case "gcp_kms":
        return textsOf(yaml, value, report).flatMap(([text, node]) => textKeys(yaml, key, { text, node, report }));
      case "azure_keyvault":
        return textsOf(yaml, value, report).flatMap(([text, node]) => cloudKey(yaml, "azure_kv", azureId(text), node));
      case "hc_vault_transit_uri":
        return textsOf(yaml, value, report).flatMap(([text, node]) => cloudKey(yaml, "hc_vault", vaultId(text), node));
      case "hckms":
        return (itemsOfList(yaml, value) ?? []).flatMap((node) =>
          cloudKey(yaml, "hckms", mapText(yaml, node, "key_id") ?? textOfScalar(yaml, node) ?? "", node),
        );
      default:
        return [];
    }
  });
}

/** The keys of one of the `key_groups`; doubles are taken once. */
export function readKeyGroup(yaml: PlacedYaml, group: unknown, report: Report, depth = 0): PolicyKey[] {
  const entries = entriesOfMap(yaml, group);
  if (entries === undefined || depth > maxDepth) {
    report(group, {
      code: "config-invalid",
      severity: "error",
      message: "a key group is to be a mapping such as age: [...]",
    });
    return [];
  }
  const keys = entries.flatMap(({ key, keyNode, value }): PolicyKey[] => {
    const items = itemsOfList(yaml, value) ?? [];
    switch (key) {
      case "merge":
        return items.flatMap((item) => readKeyGroup(yaml, item, report, depth + 1));
      case "age":
      case "pgp":
        if (itemsOfList(yaml, value) === undefined && textOfScalar(yaml, value) !== undefined)
          report(value, {
            code: "config-invalid",
            severity: "error",
            message: `${key} of a key group is to be a list`,
          });
        return listTexts(yaml, items, report).flatMap(([text, node]) => textKeys(yaml, key, { text, node, report }));
      case "kms":
        return items.flatMap((node) => cloudKey(yaml, "kms", joined(yaml, node, ["arn", "role"]), node));
      case "gcp_kms":
        return items.flatMap((node) => cloudKey(yaml, "gcp_kms", joined(yaml, node, ["resource_id"]), node));
      case "hckms":
        return items.flatMap((node) => cloudKey(yaml, "hckms", joined(yaml, node, ["key_id"]), node));
      case "azure_keyvault":
        return items.flatMap((node) =>
          cloudKey(yaml, "azure_kv", joined(yaml, node, ["vaultUrl", "key", "version"]), node),
        );
      case "hc_vault":
        return items.flatMap((node) => cloudKey(yaml, "hc_vault", vaultId(textOfScalar(yaml, node) ?? ""), node));
      default: {
        const nearest = nearestName(key, groupKeys);
        report(keyNode, {
          code: "unknown-config-key",
          severity: "error",
          message: `sops knows no ${JSON.stringify(key)} in a key group and passes over it without a word`,
          hint: nearest === undefined ? undefined : `Did you mean "${nearest}"?`,
        });
        return [];
      }
    }
  });
  return [...new Map(keys.map((key) => [canonicalKey(key), key])).values()];
}

type PlacedText = readonly [text: string, node: unknown];

/** A text or a list of texts. */
function textsOf(yaml: PlacedYaml, value: unknown, report: Report): PlacedText[] {
  const items = itemsOfList(yaml, value);
  if (items !== undefined) return listTexts(yaml, items, report);
  const text = textOfScalar(yaml, value);
  return text === undefined ? [] : [[text, value]];
}

function listTexts(yaml: PlacedYaml, items: readonly unknown[], report: Report): PlacedText[] {
  return items.flatMap((item): PlacedText[] => {
    const text = textOfScalar(yaml, item);
    if (text !== undefined) return [[text, item]];
    if (!isScalar(yaml.resolve(item))) {
      report(item, {
        code: "nested-keys",
        severity: "error",
        message: "A list of keys holds something that is no key; lists within lists do not become one",
        hint: "Name each key by itself (*alice), or put groups together with merge:.",
      });
    }
    return [];
  });
}

function textKeys(
  yaml: PlacedYaml,
  type: "age" | "pgp" | "kms" | "gcp_kms",
  { text, node, report }: { readonly text: string; readonly node: unknown; readonly report: Report },
): PolicyKey[] {
  const place = yaml.place(node);
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .flatMap((part): PolicyKey[] => {
      const problem = problemOf(type, part);
      if (problem !== undefined) {
        report(node, { code: "recipient-invalid", severity: "error", ...problem });
        return [];
      }
      return [{ type, id: type === "kms" ? part.replace(/\+(?=arn:)/, " ") : idOf(type, part), place }];
    });
}

function idOf(type: KeyType, text: string): string {
  return type === "pgp" ? text.replaceAll(" ", "") : text;
}

/** Why a text is no key of its kind. The text is not repeated: it may be a private key by mistake. */
function problemOf(type: KeyType, text: string): { message: string; hint?: string | undefined } | undefined {
  if (type === "pgp") {
    if (/^[0-9A-Fa-f]{8,64}!?$/.test(text.replaceAll(" ", ""))) return undefined;
    return { message: "This is no PGP fingerprint", hint: "It has 40 hexadecimal digits." };
  }
  if (type !== "age") return undefined;
  try {
    parseRecipient(text);
    return undefined;
  } catch (error) {
    const { message, hint } = FlurryError.from(error);
    return { message, hint };
  }
}

function cloudKey(yaml: PlacedYaml, type: KeyType, id: string, node: unknown): PolicyKey[] {
  return id === "" ? [] : [{ type, id, place: yaml.place(node) }];
}

function mapText(yaml: PlacedYaml, node: unknown, name: string): string | undefined {
  return textOfScalar(yaml, entriesOfMap(yaml, node)?.find(({ key }) => key === name)?.value);
}

function joined(yaml: PlacedYaml, node: unknown, names: readonly string[]): string {
  return names.flatMap((name) => mapText(yaml, node, name) ?? []).join(" ");
}

/** `https://VAULT/keys/NAME/VERSION` as the metadata of files has it: three fields. */
function azureId(url: string): string {
  const match = /^(https:\/\/[^/]+)\/keys\/([^/]+)(?:\/([^/]+))?$/.exec(url.trim());
  return match === null ? url.trim() : match.slice(1).filter(Boolean).join(" ");
}

/** `https://SERVER/v1/ENGINE/keys/NAME` as the metadata of files has it: three fields. */
function vaultId(url: string): string {
  const match = /^(https?:\/\/[^/]+)\/v1\/(.+)\/keys\/([^/]+)\/?$/.exec(url.trim());
  return match === null ? url.trim() : match.slice(1).join(" ");
}
