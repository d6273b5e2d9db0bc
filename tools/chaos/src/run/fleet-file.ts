import type { HostChoice, PlannedDeployment } from "../plan/round-plan.ts";
import { profileSpecs } from "./fleet-repository.ts";

/** The text of fleet.yaml for a deployment. */
export function fleetFileOf(
  hosts: readonly { readonly name: string; readonly address: string }[],
  { hosts: choices, onFailure, unreachable, waves, parallel }: PlannedDeployment,
): string {
  const lines = hosts.map(({ name, address }) => {
    const choice = choices.find(({ host }) => host === name);
    return `  ${name}: { address: ${address}${choice === undefined ? "" : settingsOf(choice)}${profilesOf(choice)} }`;
  });
  const order = waves === undefined ? "" : `, waves: [${waves.map((wave) => `"${wave.join(" or ")}"`).join(", ")}]`;
  return `configurations: colmenaHive.nodes
defaults: { deploy: { sshUser: root } }
hosts:
${lines.join("\n")}
rollout:
  { onFailure: ${onFailure}, unreachable: ${unreachable}, parallel: { activate: ${parallel}, copy: ${parallel} }${order} }
`;
}

function settingsOf(choice: HostChoice): string {
  const { confirmSeconds, activationSeconds, unitFailure, magicRollback, neverHealthy } = choice;
  const timeouts = `confirmTimeout: ${confirmSeconds}s, activationTimeout: ${activationSeconds}s`;
  const deploy = `, deploy: { ${timeouts}, unitFailure: ${unitFailure}, magicRollback: ${magicRollback} }`;
  return neverHealthy ? `${deploy}, health: [{ command: "test -e /run/never", timeout: 60s }]` : deploy;
}

function profilesOf(choice: HostChoice | undefined): string {
  if (choice?.profiles === undefined) return "";
  const entries = profileSpecs.map(({ name, user, beforeSystem }) => {
    const output = `packages.x86_64-linux.${name}-${choice.host}`;
    return `${name}: { output: ${output}, user: ${user}, beforeSystem: ${beforeSystem}, autoRollback: true, magicRollback: true }`;
  });
  return `, profiles: { ${entries.join(", ")} }`;
}
