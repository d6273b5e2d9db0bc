import type { Issue, Result } from "@flurry/core";
import type { FlakeOutline } from "@flurry/nix";
import { readColmenaKeys } from "@flurry/schema";
import type { Fleet, Host } from "@flurry/schema";

/** Whether the system of a host is that of a node of a hive. */
function isNode({ attrPath: [first, second] }: Host): boolean {
  return first === "colmenaHive" && second === "nodes";
}

/** True for a fleet file whose systems, or some of them, come from a hive. */
export function takesNodes({ hosts }: Fleet): boolean {
  return hosts.some(isNode);
}

/** A fleet file says nothing of keys: those of a host whose system is a node's are what the hive says of the node. */
export function withHiveKeys(fleet: Fleet, { hive }: Pick<FlakeOutline, "hive">, file: string): Result<Fleet> {
  if (hive === undefined) return { ok: true, value: fleet, warnings: [] };
  const read = readColmenaKeys(hive, { file });
  if (!read.ok) return read;
  const hosts = fleet.hosts.map((host) => {
    const keys = isNode(host) ? (read.value.get(host.attrPath[2] ?? "") ?? []) : [];
    return keys.length === 0 ? host : { ...host, keys };
  });
  return { ...read, value: { ...fleet, hosts } };
}

/** What there is to say of a flake that has a hive beside the `deploy.nodes` that are followed. */
export function hiveAside(file: string): Issue {
  const message = "deploy.nodes is followed, and the hive is not: neither its nodes nor their keys";
  const hint = "a fleet.yaml with configurations: colmenaHive.nodes takes both from the hive";
  return { code: "hive-aside", message, severity: "warning", path: ["colmena"], hint, place: { file } };
}
