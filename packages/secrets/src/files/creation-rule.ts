import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";

import { FlurryError } from "@flurry/core";
import { RE2JS } from "re2js";
import { parse } from "yaml";
import * as z from "zod";

import { selectorKinds } from "../sops/selection.ts";
import type { Selector } from "../sops/selection.ts";

/** Who may read a new SOPS file and how it is to be encrypted. */
export interface CreationRule {
  /** Recipients of each key group. */
  readonly groups: readonly { readonly age: readonly string[]; readonly pgp: readonly string[] }[];
  readonly threshold?: number;
  readonly selector?: Selector;
  readonly macOnlyEncrypted?: boolean;
}

const names = z
  .union([z.string().transform((text) => text.split(",")), z.array(z.string())])
  .transform((list) => list.map((name) => name.trim()).filter((name) => name !== ""));
const keys = { age: names.optional(), pgp: names.optional() };
const rule = z.object({
  path_regex: z.string().optional(),
  ...keys,
  key_groups: z.array(z.object(keys)).optional(),
  shamir_threshold: z.number().int().optional(),
  mac_only_encrypted: z.boolean().optional(),
  ...Object.fromEntries(selectorKinds.map((kind) => [kind, z.string().optional()])),
});
const config = z.object({ creation_rules: z.array(rule).optional() });

/**
 * The rule of the `.sops.yaml` that is in effect in a folder for a file: the first that matches.
 *
 * @param cwd - where to look for a `.sops.yaml`, from here upward, as sops does
 * @param path - the file, absolute
 * @returns undefined when there is no `.sops.yaml`
 * @throws FlurryError FLURRY_SECRETS_NO_RECIPIENTS when no rule matches
 */
export async function creationRuleFor(cwd: string, path: string): Promise<CreationRule | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, ".sops.yaml");
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text !== undefined) return ruleIn(text, file, path);
    if (folder === dirname(folder)) return undefined;
  }
}

function ruleIn(text: string, file: string, path: string): CreationRule {
  const inside = relative(dirname(file), path);
  const name = inside.startsWith("../") || isAbsolute(inside) ? path : inside;
  const { creation_rules: rules = [] } = config.parse(parse(text));
  const found = rules.find(({ path_regex: regex = "" }) => RE2JS.compile(regex).matcher(name).find());
  if (found === undefined)
    throw new FlurryError("FLURRY_SECRETS_NO_RECIPIENTS", `No rule of .sops.yaml is for ${name}`, { place: { file } });
  const groups = found.key_groups ?? [{ age: found.age, pgp: found.pgp }];
  const stated = new Map(Object.entries(found));
  const selector = selectorKinds.flatMap((kind): Selector[] => {
    const pattern = stated.get(kind);
    return typeof pattern === "string" ? [{ kind, pattern }] : [];
  })[0];
  return {
    groups: groups.map(({ age = [], pgp = [] }) => ({ age, pgp })),
    ...(found.shamir_threshold === undefined ? {} : { threshold: found.shamir_threshold }),
    ...(selector === undefined ? {} : { selector }),
    ...(found.mac_only_encrypted === undefined ? {} : { macOnlyEncrypted: found.mac_only_encrypted }),
  };
}
