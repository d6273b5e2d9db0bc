import { nearestName } from "@flurry/core";
import * as z from "zod";

import { deploySchema } from "./schema/deploy.ts";

/** The keys that a schema allows at a place in the data; empty where it is no mapping of fixed keys. */
export function keysAt(schema: z.core.$ZodType, path: readonly (string | number)[]): readonly string[] {
  const keys = schemasAt(schema, path).flatMap((found) =>
    found instanceof z.ZodObject ? Object.keys(found.shape) : [],
  );
  return [...new Set(keys)];
}

function schemasAt(schema: z.core.$ZodType, path: readonly (string | number)[]): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return schemasAt(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => schemasAt(option, path));
  const [step, ...rest] = path;
  if (step === undefined) return [schema];
  if (schema instanceof z.ZodArray) return schemasAt(schema.element, rest);
  if (schema instanceof z.ZodRecord) return schemasAt(schema.valueType, rest);
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema instanceof z.ZodObject ? schema.shape : {};
  const inner = Object.hasOwn(shape, step) ? shape[step] : undefined;
  return inner === undefined ? [] : schemasAt(inner, rest);
}

/** What other tools call our keys. */
const foreignNames: Readonly<Record<string, string>> = {
  hostname: "address",
  host: "address",
  ip: "address",
  targetHost: "address",
  targetUser: "sshUser",
  username: "sshUser",
  targetPort: "port",
  sshPort: "port",
  sshOpts: "sshOptions",
  proxyJump: "jump",
  nodes: "hosts",
  machines: "hosts",
  groups: "tags",
  imports: "modules",
  healthChecks: "health",
  unitFailurePolicy: "unitFailure",
  confirmTimeoutMs: "confirmTimeout",
  activationTimeoutMs: "activationTimeout",
};

/**
 * What to do about an unknown key: the nearest right one, the mapping where it belongs, or the list of right ones.
 *
 * @param key - the unknown key
 * @param allowed - the keys that would be right in its place
 */
export function unknownKeyHint(key: string, allowed: readonly string[]): string {
  const meant = nearestName(key, allowed) ?? foreignName(key, allowed);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  if (allowed.includes("deploy")) {
    const deployKeys = Object.keys(deploySchema.shape);
    const inDeploy = nearestName(key, deployKeys) ?? foreignName(key, deployKeys);
    if (inDeploy !== undefined) return `did you mean "deploy.${inDeploy}"?`;
  }
  return allowed.length === 0 ? "remove it" : `expected ${oneOf(allowed)}`;
}

function foreignName(key: string, allowed: readonly string[]): string | undefined {
  const name = Object.hasOwn(foreignNames, key) ? foreignNames[key] : undefined;
  return name !== undefined && allowed.includes(name) ? name : undefined;
}

/** "a, b or c". */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
