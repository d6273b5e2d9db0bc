import { formatMs, nearestName } from "@flurry/core";
import type { Issue } from "@flurry/core";

import type { Host } from "../fleet/host.ts";
import type { DeployInput } from "./schema/deploy.ts";
import type { FleetInput } from "./schema/fleet.ts";

type Path = readonly string[];

/** Keys that say the same thing in one word and in a list; only one of them can be right. */
export function givenTwice(fleet: FleetInput): readonly Issue[] {
  const inDefaults = bothKeys(fleet.defaults?.deploy, "identityFile", ["defaults", "deploy"]);
  const inHosts = Object.entries(fleet.hosts).flatMap(([name, host]) => [
    ...bothKeys(host, "address", ["hosts", name]),
    ...bothKeys(host, "hostKey", ["hosts", name]),
    ...bothKeys(host?.deploy, "identityFile", ["hosts", name, "deploy"]),
  ]);
  return [...inDefaults, ...inHosts];
}

function bothKeys(
  mapping: NonNullable<FleetInput["hosts"][string]> | DeployInput | null | undefined,
  one: "address" | "hostKey" | "identityFile",
  path: Path,
): readonly Issue[] {
  const several = one === "address" ? "addresses" : `${one}s`;
  const given = new Map(Object.entries(mapping ?? {}));
  if (given.get(one) === undefined || given.get(several) === undefined) return [];
  return [
    {
      code: "given-twice",
      message: `${one} and ${several} are both given`,
      severity: "error",
      path: [...path, one],
      hint: `put it into the list ${several}`,
    },
  ];
}

/** Hosts that share an address and a port: most likely a line that was copied and not changed. */
export function sharedAddresses(hosts: readonly Host[]): readonly Issue[] {
  const owners = new Map<string, string>();
  const issues: Issue[] = [];
  for (const host of hosts) {
    for (const address of host.addresses) {
      const key = `${address}:${host.deploy.sshPort ?? ""}:${host.deploy.jump ?? ""}`;
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, host.name);
      else issues.push(sharedAddress(host.name, owner, address));
    }
  }
  return issues;
}

function sharedAddress(name: string, owner: string, address: string): Issue {
  return {
    code: "shared-address",
    message: `${name} has the address ${address} of ${owner}`,
    severity: "warning",
    path: ["hosts", name],
    hint: "give each host its own address, or remove one of them",
  };
}

/** Hosts whose systems are to be built on a host that the fleet does not have. */
export function unknownBuilders(hosts: readonly Host[]): readonly Issue[] {
  const names = hosts.map(({ name }) => name);
  return hosts.flatMap(({ name, deploy: { buildOn } }): readonly Issue[] => {
    if (buildOn.kind !== "host" || names.includes(buildOn.name)) return [];
    const nearest = nearestName(buildOn.name, names);
    return [
      {
        code: "unknown-host",
        message: `${name} is to be built on ${buildOn.name}, which is no host of the fleet`,
        severity: "error",
        path: ["hosts", name],
        hint:
          nearest === undefined
            ? "write local, target, the name of a host, or a store such as ssh-ng://root@builder"
            : `did you mean ${nearest}?`,
      },
    ];
  });
}

/** Health checks that may take longer than the host waits for its confirmation. */
export function slowHealthChecks(hosts: readonly Host[]): readonly Issue[] {
  return hosts.flatMap((host) =>
    host.health.flatMap((check, index): readonly Issue[] => {
      const { confirmTimeoutMs } = host.deploy;
      if (check.timeoutMs < confirmTimeoutMs) return [];
      return [
        {
          code: "slow-health-check",
          message: `the check may take ${formatMs(check.timeoutMs)}, but the host only waits ${formatMs(confirmTimeoutMs)}`,
          severity: "warning",
          path: ["hosts", host.name, "health", index],
          hint: "give a shorter timeout, or a longer deploy.confirmTimeout",
        },
      ];
    }),
  );
}
