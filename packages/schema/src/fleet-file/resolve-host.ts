import { normalizeAddress } from "../fleet/address.ts";
import type { UnreachablePolicy } from "../fleet/deploy-options.ts";
import { defaultHealthTimeoutMs } from "../fleet/health-check.ts";
import type { HealthCheck } from "../fleet/health-check.ts";
import { fullUnitName } from "../fleet/health-values.ts";
import { normalizePublicKey } from "../fleet/host-key.ts";
import type { Host } from "../fleet/host.ts";
import { outputPath } from "../fleet/output-path.ts";
import type { Profile, ProfileOptions } from "../fleet/profile.ts";
import { durationMs, resolveDeploy } from "./resolve-deploy.ts";
import type { FleetInput } from "./schema/fleet.ts";
import type { HealthInput } from "./schema/health.ts";
import type { HostInput } from "./schema/host.ts";
import type { ProfileInput } from "./schema/profile.ts";

/** What a host takes from the rest of the file. */
export interface FleetOfHost {
  readonly defaults: NonNullable<FleetInput["defaults"]>;
  readonly unreachable: UnreachablePolicy;
  /** The output of the flake that holds the systems, its steps joined by dots. */
  readonly configurations: string | undefined;
}

/** A host with what the fleet's defaults add to it. Its tags and modules are added to those of the fleet. */
export function resolveHost(name: string, host: HostInput, fleet: FleetOfHost): Host {
  const { defaults, configurations = "nixosConfigurations" } = fleet;
  const system = host.system ?? defaults.system;
  const deploy = resolveDeploy(host.deploy ?? {}, defaults.deploy ?? {}, { unreachable: fleet.unreachable });
  return {
    name,
    addresses: distinct(list(host.address, host.addresses) ?? [name]).map(normalizeAddress),
    tags: distinct([...(defaults.tags ?? []), ...(host.tags ?? [])]),
    attrPath: [...configurations.split("."), host.configuration ?? name],
    ...(system === undefined ? {} : { system }),
    modules: distinct([...(defaults.modules ?? []), ...(host.modules ?? [])]),
    hostKeys: distinct((list(host.hostKey, host.hostKeys) ?? []).map(normalizePublicKey)),
    deploy,
    ...(host.dependsOn === undefined ? {} : { dependsOn: distinct(host.dependsOn) }),
    health: (host.health ?? []).map(resolveHealth),
    ...profilesOf(host.profiles, deploy),
  };
}

/** Those before the system first, else as they are written. */
function profilesOf(profiles: HostInput["profiles"], deploy: ProfileOptions): Pick<Host, "profiles"> {
  if (profiles === undefined) return {};
  const all = Object.entries(profiles).map(profileIn(deploy));
  return {
    profiles: [...all.filter(({ phase }) => phase === "before"), ...all.filter(({ phase }) => phase === "after")],
  };
}

const profileIn =
  (deploy: ProfileOptions) =>
  ([name, profile]: readonly [string, ProfileInput]): Profile => ({
    name,
    user: profile.user,
    attrPath:
      "home" in profile ? ["homeConfigurations", profile.home, "activationPackage"] : outputPath(profile.output),
    phase: profile.beforeSystem === true ? "before" : "after",
    ...(profile.profilePath === undefined ? {} : { profilePath: profile.profilePath }),
    autoRollback: profile.autoRollback ?? deploy.autoRollback,
    magicRollback: profile.magicRollback ?? deploy.magicRollback,
    activationTimeoutMs: durationMs(profile.activationTimeout) ?? deploy.activationTimeoutMs,
  });

function resolveHealth(health: HealthInput): HealthCheck {
  const timeoutMs = durationMs(health.timeout) ?? defaultHealthTimeoutMs;
  if ("unit" in health) return { kind: "unit", units: [fullUnitName(health.unit)], timeoutMs };
  if ("units" in health) return { kind: "unit", units: distinct(health.units.map(fullUnitName)), timeoutMs };
  if ("command" in health) return { kind: "command", command: health.command, timeoutMs };
  if ("http" in health) {
    const { http: url, expect: expectStatus = 200, from = "deployer" } = health;
    return { kind: "http", url, expectStatus, from, timeoutMs };
  }
  if (typeof health.tcp === "number") return { kind: "tcp", port: health.tcp, timeoutMs };
  const { host, port } = health.tcp;
  return { kind: "tcp", ...(host === undefined ? {} : { host: normalizeAddress(host) }), port, timeoutMs };
}

function list(one: string | undefined, several: readonly string[] | undefined): readonly string[] | undefined {
  return one === undefined ? several : [one];
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
