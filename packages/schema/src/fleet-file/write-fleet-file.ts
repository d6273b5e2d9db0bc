import type { BuildPlace } from "../fleet/build-place.ts";
import { deployDefaults, sudoFor } from "../fleet/deploy-options.ts";
import type { DeployOptions } from "../fleet/deploy-options.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Host } from "../fleet/host.ts";
import { outputPathText } from "../fleet/output-path.ts";
import type { Profile } from "../fleet/profile.ts";
import { yamlScalar } from "./edit/yaml-scalar.ts";

/** What a line of a fleet file holds. */
type Value = string | number | boolean | readonly string[];

/**
 * A fleet that was read from what a flake says, as the text of a `fleet.yaml` that means the same: what all hosts have in
 * common stands under `defaults`, and nothing stands there that holds anyway.
 *
 * @param fleet - hosts of one output of the flake, without health checks, rollout and secrets, as the readers of flakes give
 */
export function fleetFileText({ hosts, source, description }: Fleet): string {
  const output = hosts[0]?.attrPath.slice(0, -1).join(".") ?? "nixosConfigurations";
  const own = hosts.map((host) => ({ host, deploy: deployInput(host.deploy) }));
  const common = new Map(
    [...(own[0]?.deploy ?? [])].filter(([key, value]) => own.every(({ deploy }) => same(deploy.get(key), value))),
  );
  const entries = own.map(({ host, deploy }) =>
    hostLines(host, new Map([...deploy].filter(([key]) => !common.has(key)))),
  );
  return [
    "# yaml-language-server: $schema=./node_modules/@flurry/schema/fleet.schema.json",
    `# Written from ${source.file ?? "the flake"}: from now on this file says which hosts there are and how they are reached.`,
    ...(output === "nixosConfigurations"
      ? [
          "# The flake stays as it is; to have Flurry write it, add nixpkgs and a system here and run flurry render --adopt flake.nix",
        ]
      : ["# The flake stays as it is, and what a host runs is said there."]),
    ...(description === undefined ? [] : [`description: ${yamlScalar(description)}`]),
    ...(output === "nixosConfigurations" ? [] : [`configurations: ${output}`]),
    ...(common.size === 0 ? [] : ["defaults:", `  deploy: ${flow(common)}`]),
    ...(entries.length === 0 ? ["hosts: {}"] : ["hosts:", ...entries.flat()]),
    "",
  ].join("\n");
}

/** The longest line of a host that is written in one. */
const longestLine = 100;

function hostLines(host: Host, deploy: ReadonlyMap<string, Value>): readonly string[] {
  const { name, addresses, attrPath, tags, system, hostKeys, dependsOn = [], profiles = [] } = host;
  const [address] = addresses;
  const configuration = attrPath.at(-1);
  const values = new Map<string, Value>([
    ...(addresses.length === 1 && address !== undefined
      ? [["address", address] as const]
      : [["addresses", addresses] as const]),
    ...(configuration === undefined || configuration === name ? [] : [["configuration", configuration] as const]),
    ...(tags.length === 0 ? [] : [["tags", tags] as const]),
    ...(system === undefined ? [] : [["system", system] as const]),
    ...(hostKeys.length === 0 ? [] : [["hostKeys", hostKeys] as const]),
    ...(dependsOn.length === 0 ? [] : [["dependsOn", dependsOn] as const]),
  ]);
  const parts = [
    ...[...values].map(([key, value]) => `${key}: ${written(value)}`),
    ...(deploy.size === 0 ? [] : [`deploy: ${flow(deploy)}`]),
    ...(profiles.length === 0 ? [] : [`profiles: { ${profiles.map((one) => profileText(one, host)).join(", ")} }`]),
  ];
  const line = `  ${yamlScalar(name)}: { ${parts.join(", ")} }`;
  return line.length <= longestLine ? [line] : [`  ${yamlScalar(name)}:`, ...parts.map((part) => `    ${part}`)];
}

function profileText(profile: Profile, { deploy }: Host): string {
  const { name, user, attrPath, phase, profilePath, autoRollback, magicRollback, activationTimeoutMs } = profile;
  const values = new Map<string, Value>([
    ["user", user],
    ["output", outputPathText(attrPath)],
    ...(phase === "before" ? [["beforeSystem", true] as const] : []),
    ...(profilePath === undefined ? [] : [["profilePath", profilePath] as const]),
    ...(autoRollback === deploy.autoRollback ? [] : [["autoRollback", autoRollback] as const]),
    ...(magicRollback === deploy.magicRollback ? [] : [["magicRollback", magicRollback] as const]),
    ...(activationTimeoutMs === deploy.activationTimeoutMs
      ? []
      : [["activationTimeout", seconds(activationTimeoutMs)] as const]),
  ]);
  return `${yamlScalar(name)}: ${flow(values)}`;
}

/** What a host's deployment has that does not hold anyway, in the words of the file. */
function deployInput(deploy: DeployOptions): ReadonlyMap<string, Value> {
  const values: readonly (readonly [key: string, value: Value | undefined, usual: Value | undefined])[] = [
    ["sshUser", deploy.sshUser, undefined],
    ["user", deploy.user, deployDefaults.user],
    ["port", deploy.sshPort, undefined],
    ["sshOptions", deploy.sshOptions, deployDefaults.sshOptions],
    ["identityFiles", deploy.identityFiles, deployDefaults.identityFiles],
    ["jump", deploy.jump, undefined],
    ["hostKeyPolicy", deploy.hostKeyPolicy, undefined],
    ["confirmTimeout", seconds(deploy.confirmTimeoutMs), seconds(deployDefaults.confirmTimeoutMs)],
    ["activationTimeout", seconds(deploy.activationTimeoutMs), seconds(deployDefaults.activationTimeoutMs)],
    ["substituteOnDestination", deploy.substituteOnDestination, deployDefaults.substituteOnDestination],
    ["magicRollback", deploy.magicRollback, deployDefaults.magicRollback],
    ["autoRollback", deploy.autoRollback, deployDefaults.autoRollback],
    ["unitFailure", deploy.unitFailurePolicy, deployDefaults.unitFailurePolicy],
    ["unreachable", deploy.unreachable, deployDefaults.unreachable],
    ["lostContact", deploy.lostContact, deployDefaults.lostContact],
    ["confirmVia", deploy.confirmVia, deployDefaults.confirmVia],
    ["askSudoPassword", deploy.askSudoPassword, deployDefaults.askSudoPassword],
    ["checkSignatures", deploy.checkSignatures, deployDefaults.checkSignatures],
    ["replaceUnknownProfiles", deploy.replaceUnknownProfiles, true],
    ["buildOn", buildWord(deploy.buildOn), buildWord(deployDefaults.buildOn)],
    ["local", deploy.local === "allowed" ? true : deploy.local, undefined],
    ["sudo", deploy.sudo, sudoFor(deploy.user)],
  ];
  return new Map(
    values.flatMap(([key, value, usual]) => (value === undefined || same(value, usual) ? [] : [[key, value] as const])),
  );
}

function same(one: Value | undefined, other: Value | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)}s`;
}

function flow(values: ReadonlyMap<string, Value>): string {
  return `{ ${[...values].map(([key, value]) => `${key}: ${written(value)}`).join(", ")} }`;
}

function written(value: Value): string {
  if (typeof value === "string") return yamlScalar(value);
  return typeof value === "object" ? `[${value.map(yamlScalar).join(", ")}]` : String(value);
}

function buildWord(place: BuildPlace): string {
  switch (place.kind) {
    case "local":
    case "target":
      return place.kind;
    case "host":
      return place.name;
    case "store":
      return place.uri;
  }
}
