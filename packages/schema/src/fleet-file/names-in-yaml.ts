import { parse } from "yaml";
import * as z from "zod";

import { checkHostName, checkTag } from "../fleet/names.ts";
import { yamlTooDeepAt } from "./yaml-depth.ts";

/** Names that a fleet file has. */
export interface FleetNames {
  readonly hosts: readonly string[];
  readonly tags: readonly string[];
}

const tagged = z
  .object({ tags: z.array(z.unknown()).catch([]) })
  .nullish()
  .catch(undefined);
const lenient = z.object({ defaults: tagged, hosts: z.record(z.string(), tagged).nullish() });

/**
 * The names of hosts and tags in the text of a fleet.yaml, whatever else is wrong in it: for completion, in the middle of an
 * edit too. Nothing when it is no YAML.
 */
export function namesInFleetYaml(text: string): FleetNames {
  const { data } = lenient.safeParse(yamlOf(text));
  const bodies = [data?.defaults, ...Object.values(data?.hosts ?? {})];
  const tags = bodies.flatMap((body) => body?.tags ?? []).filter((tag) => typeof tag === "string");
  return {
    hosts: Object.keys(data?.hosts ?? {}).filter((name) => checkHostName(name) === undefined),
    tags: [...new Set(tags)].filter((tag) => checkTag(tag) === undefined),
  };
}

function yamlOf(text: string): unknown {
  if (yamlTooDeepAt(text) !== undefined) return undefined;
  try {
    return parse(text, { logLevel: "silent", merge: true });
  } catch {
    return undefined;
  }
}
