import type { Issue } from "@flurry/core";
import * as z from "zod";

import { checkedHosts } from "./checked-hosts.ts";
import { importIssue } from "./imported-hosts.ts";
import type { ImportedHosts, ImportOptions } from "./imported-hosts.ts";
import { outputHosts } from "./terraform-outputs.ts";
import { resourceHosts } from "./terraform-resources.ts";

const outputs = z.record(
  z.string(),
  z.looseObject({ sensitive: z.boolean().optional(), value: z.unknown(), type: z.unknown().optional() }),
);

const instance = z.looseObject({
  index_key: z.union([z.string(), z.number()]).nullish(),
  attributes: z.record(z.string(), z.unknown()).nullish(),
});

const resource = z.looseObject({
  mode: z.string().optional(),
  type: z.string(),
  name: z.string(),
  module: z.string().optional(),
  instances: z.array(instance).optional(),
});

const state = z.looseObject({
  version: z.literal(4),
  outputs: outputs.optional(),
  resources: z.array(resource),
});

/** A resource of a state, with all its instances. */
export type TerraformResource = z.infer<typeof resource>;
/** The outputs of a state, or those that `terraform output -json` prints. */
export type TerraformOutputs = z.infer<typeof outputs>;

/**
 * Reads what `terraform output -json` (or `tofu output -json`) prints, or a state file of version 4. Of outputs, those are taken
 * that hold addresses; of a state, the machines of the clouds that are known, and without any its outputs. What is marked as
 * sensitive is never looked into.
 */
export function importTerraform(text: string, { file }: ImportOptions): ImportedHosts {
  const nothing = (message: string, hint: string): ImportedHosts => ({
    hosts: [],
    issues: [importIssue("terraform", message, { file, line: 1, hint })],
  });
  const data = parseJson(text);
  if (data === undefined)
    return nothing("this is no JSON", "give the output of terraform output -json, or a state file");
  const asState = state.safeParse(data);
  if (asState.success) {
    const { resources, outputs: given = {} } = asState.data;
    const machines = resourceHosts(resources);
    if (machines.hosts.length > 0) return finished(machines.hosts, machines.issues, { file, text });
    const found = outputHosts(given);
    return finished(found.hosts, [...machines.issues, ...found.issues], { file, text });
  }
  if (typeof data === "object" && data !== null && "terraform_version" in data)
    return nothing("only state files of version 4 can be read", "write it anew with terraform 0.12 or later, or tofu");
  const asOutputs = outputs.safeParse(data);
  if (!asOutputs.success)
    return nothing("these are neither outputs nor a state", "give what terraform output -json prints, without a name");
  const found = outputHosts(asOutputs.data);
  return finished(found.hosts, found.issues, { file, text });
}

/** A remark with the name in the file that it is about. */
export interface NamedRemark {
  readonly name: string;
  readonly message: string;
  readonly hint?: string;
}

/** A host with the name in the file that it comes from. */
export interface NamedHost {
  readonly name: string;
  readonly host: ImportedHosts["hosts"][number];
}

function finished(
  hosts: readonly NamedHost[],
  remarks: readonly NamedRemark[],
  { file, text }: { readonly file: string; readonly text: string },
): ImportedHosts {
  const at = (name: string): { readonly line?: number } => {
    const line = lineOf(text, name);
    return line === undefined ? {} : { line };
  };
  const checked = checkedHosts(
    hosts.map(({ name, host }) => ({ host, ...at(name) })),
    file,
  );
  const issues = remarks.map(({ name, message, hint }): Issue =>
    importIssue("not-imported", message, { file, ...at(name), ...(hint === undefined ? {} : { hint }) }),
  );
  return { hosts: checked.hosts, issues: [...issues, ...checked.issues] };
}

/** The line of the first place where a name stands in quotes; good enough to find it again. */
function lineOf(text: string, name: string): number | undefined {
  const at = text.indexOf(JSON.stringify(name));
  return at === -1 ? undefined : text.slice(0, at).split("\n").length;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
