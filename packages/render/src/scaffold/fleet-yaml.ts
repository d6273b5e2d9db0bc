import { yamlScalar as scalar } from "@flurry/schema";

import type { ScaffoldHost, ScaffoldOptions } from "./scaffold-options.ts";

/** The text of a new fleet's `fleet.yaml`. */
export function fleetYaml(options: ScaffoldOptions): string {
  return [
    "# yaml-language-server: $schema=./node_modules/@flurry/schema/fleet.schema.json",
    "# The fleet: what its machines are called, where they are, what they import, and in which order they are deployed.",
    `# After a change here: flurry render`,
    `description: ${scalar(options.description)}`,
    `nixpkgs: ${scalar(options.nixpkgs)}`,
    ...inputs(options),
    "",
    "# What holds for every host; lists of a host are added to these.",
    "defaults:",
    `  system: ${options.system}`,
    "  modules: [common, monitoring] # modules/common.nix, modules/monitoring.nix",
    `  deploy: { sshUser: ${scalar(options.sshUser)}, confirmTimeout: 240s }`,
    "",
    options.hosts.length === 0 ? "hosts: {}" : "hosts:",
    ...options.hosts.map(hostLine),
    "",
    ...secrets(options),
    "",
    ...rollout(options.hosts),
    "",
  ].join("\n");
}

/** Flakes that have an input nixpkgs of their own, which the fleet's takes the place of. */
const withNixpkgs = new Set(["deploy-rs", "sops-nix", "agenix", "home-manager", "disko", "lanzaboote"]);

function inputs({ inputs: all }: ScaffoldOptions): readonly string[] {
  const lines = all.map(({ name, url }) =>
    withNixpkgs.has(name)
      ? `  ${name}: { url: ${scalar(url)}, follows: { nixpkgs: nixpkgs } }`
      : `  ${name}: ${scalar(url)}`,
  );
  const hint = "# nixpkgs-unstable: github:NixOS/nixpkgs/nixos-unstable # modules get its packages as `unstable`";
  return lines.length === 0
    ? ["# inputs:", `#   ${hint.slice(2)}`]
    : ["inputs:", ...lines, ...(all.some(({ name }) => name === "nixpkgs-unstable") ? [] : [`  ${hint}`])];
}

const parts: Readonly<Record<ScaffoldHost["role"], string>> = {
  storage: ", tags: [storage]",
  apps: ", tags: [apps], modules: [docker-host]",
  edge: ", tags: [edge], modules: [networking]",
  plain: "",
};

function hostLine({ name, address, role }: ScaffoldHost): string {
  return `  ${scalar(name)}: { address: ${scalar(address)}${parts[role]} }`;
}

function secrets({ secrets: policy, hosts }: ScaffoldOptions): readonly string[] {
  if (policy.backend === "none")
    return [
      "# Who may read which secret; with it, flurry render writes .sops.yaml and declares the secrets for their hosts.",
      "# secrets:",
      "#   backend: sops # or agenix",
      "#   admins: { you: age1… } # flurry secrets keygen",
      "#   files:",
      '#     secrets/fleet.yaml: { hosts: ["*"] }',
    ];
  return [
    "# Who may read which secret; flurry render writes the rules and the declarations for the hosts from it.",
    "secrets:",
    `  backend: ${policy.backend}`,
    "  admins:",
    ...policy.admins.map(({ name, key }) => `    ${scalar(name)}: ${scalar(key)}`),
    "  # A host reads its files with its ssh host key: pin that first, with flurry secrets add-host NAME --scan ADDRESS",
    "  files: {} # instead of {}, below this line:",
    ...(policy.backend === "agenix" ? agenixFiles(hosts) : sopsFiles(hosts)),
  ];
}

function sopsFiles(hosts: readonly ScaffoldHost[]): readonly string[] {
  const own = hosts.filter(({ role }) => role === "edge");
  return [
    ...own.map(({ name }) => `    # secrets/${name}.yaml: { hosts: [${scalar(name)}] }`),
    '    # secrets/fleet.yaml: { hosts: ["*"] }',
  ];
}

function agenixFiles(hosts: readonly ScaffoldHost[]): readonly string[] {
  const edge = hosts.find(({ role }) => role === "edge");
  return edge === undefined ? [] : [`    # secrets/wireguard-private-key.age: { hosts: [${scalar(edge.name)}] }`];
}

function rollout(hosts: readonly ScaffoldHost[]): readonly string[] {
  const edge = hosts.some(({ role }) => role === "edge") && hosts.length > 1;
  return [
    edge ? "# The edge last: the way to the others leads through it." : "# What a failed host means for the others.",
    "rollout:",
    ...(edge ? ['  waves: ["!@edge", "*"]'] : []),
    "  onFailure: stop",
  ];
}
