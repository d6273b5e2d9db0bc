import type { HostChoice, PlannedDeployment } from "../plan/round-plan.ts";

/** The text of fleet.yaml for a deployment. */
export function fleetFileOf(
  hosts: readonly { readonly name: string; readonly address: string }[],
  { hosts: choices, onFailure }: PlannedDeployment,
): string {
  const lines = hosts.map(({ name, address }) => {
    const choice = choices.find(({ host }) => host === name);
    return `  ${name}: { address: ${address}${choice === undefined ? "" : settingsOf(choice)} }`;
  });
  return `defaults: { deploy: { sshUser: root } }
hosts:
${lines.join("\n")}
rollout: { onFailure: ${onFailure}, parallel: { activate: ${hosts.length}, copy: ${hosts.length} } }
`;
}

function settingsOf(choice: HostChoice): string {
  const { confirmSeconds, activationSeconds, unitFailure, magicRollback, neverHealthy } = choice;
  const timeouts = `confirmTimeout: ${confirmSeconds}s, activationTimeout: ${activationSeconds}s`;
  const deploy = `, deploy: { ${timeouts}, unitFailure: ${unitFailure}, magicRollback: ${magicRollback} }`;
  return neverHealthy ? `${deploy}, health: [{ command: "test -e /run/never", timeout: 60s }]` : deploy;
}
