import type { Issue, Result } from "@flurry/core";

import type { ReadOptions } from "../fleet-file/parse-fleet.ts";
import { deployDefaults } from "../fleet/deploy-options.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Host } from "../fleet/host.ts";
import { checkHostName } from "../fleet/names.ts";
import { rolloutDefaults } from "../fleet/rollout.ts";

/**
 * A fleet of all NixOS configurations of a flake that says nothing else about its machines: each is reached by its
 * name, so that DNS or ssh_config decides where it is. A name that no host can have is a warning and left out.
 *
 * @param names - of the flake's `nixosConfigurations`
 */
export function readNixosConfigurations(names: readonly string[], options: ReadOptions = {}): Result<Fleet> {
  const file = options.file === undefined ? {} : { file: options.file };
  const warnings = names.flatMap((name): readonly Issue[] => {
    const complaint = checkHostName(name);
    if (complaint === undefined) return [];
    const message = `the configuration is left out: ${complaint.message}`;
    const path = ["nixosConfigurations", name];
    const hint = "describe the host in fleet.yaml with a name of its own and configuration:";
    const place = options.file === undefined ? {} : { place: { file: options.file } };
    return [{ code: "invalid-value", message, severity: "warning", path, hint, ...place }];
  });
  const hosts = names.filter((name) => checkHostName(name) === undefined).map(hostOf);
  const source = { kind: "nixos-configurations", ...file } as const;
  return { ok: true, value: { source, inputs: [], hosts, rollout: rolloutDefaults }, warnings };
}

function hostOf(name: string): Host {
  return {
    name,
    addresses: [name],
    tags: [],
    attrPath: ["nixosConfigurations", name],
    modules: [],
    hostKeys: [],
    deploy: deployDefaults,
    health: [],
  };
}
