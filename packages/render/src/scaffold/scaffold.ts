import { commonModule } from "./common-module.ts";
import { fleetYaml } from "./fleet-yaml.ts";
import { hardwarePlaceholder } from "./hardware.ts";
import { hostModuleText } from "./host-module.ts";
import { dockerHostModule, monitoringModule, networkingModule, overlaysModule } from "./modules.ts";
import { readme } from "./readme.ts";
import { gitignore, keysReadme, packageJson, preCommitHook, secretsReadme, turboJson } from "./repository-files.ts";
import type { ScaffoldFile, ScaffoldOptions } from "./scaffold-options.ts";
import { workflow } from "./workflow.ts";

/**
 * All files of a new fleet that are written once and then belong to the user; what is generated from `fleet.yaml` is
 * {@link renderFleet}'s. Names and texts in the options have been checked by the fleet's schema.
 *
 * @returns in the order of their paths
 */
export function scaffoldFleet(options: ScaffoldOptions): readonly ScaffoldFile[] {
  const { hosts, stateVersion, authorizedKeys } = options;
  const files: readonly ScaffoldFile[] = [
    { path: ".github/workflows/fleet.yml", content: workflow },
    { path: ".githooks/pre-commit", content: preCommitHook, executable: true },
    { path: ".gitignore", content: gitignore },
    { path: "README.md", content: readme(options) },
    { path: "fleet.yaml", content: fleetYaml(options) },
    ...hosts.flatMap(({ name, role }): readonly ScaffoldFile[] => [
      {
        path: `hosts/${name}/default.nix`,
        content: hostModuleText({ name, role, stateVersion, boot: { kind: "systemd-boot" } }),
      },
      { path: `hosts/${name}/hardware.nix`, content: hardwarePlaceholder(name) },
    ]),
    { path: "keys/README.md", content: keysReadme },
    ...authorizedKeys.map(({ name, line }) => ({ path: `keys/${name}.pub`, content: `${line.trim()}\n` })),
    { path: "modules/common.nix", content: commonModule(options) },
    { path: "modules/docker-host.nix", content: dockerHostModule },
    { path: "modules/monitoring.nix", content: monitoringModule },
    { path: "modules/networking.nix", content: networkingModule(options) },
    { path: "overlays/default.nix", content: overlaysModule },
    { path: "package.json", content: packageJson(options) },
    { path: "secrets/README.md", content: secretsReadme(options) },
    { path: "turbo.json", content: turboJson() },
  ];
  return files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}
