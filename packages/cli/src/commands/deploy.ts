import { FlurryError } from "@flurry/core";
import type { Goal } from "@flurry/deploy";

import { builtOn } from "../command-line/build-on-flag.ts";
import type { DeployFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { guarded } from "../run/guard.ts";
import { previewDeploy } from "../run/preview-deploy.ts";
import { runDeploy } from "../run/run-deploy.ts";
import { startCommand } from "../run/start-command.ts";
import type { CommandStart } from "../run/start-command.ts";

/** `flurry deploy`: says what it is going to do, then does it. */
export async function deploy(this: CommandScope, flags: DeployFlags, ...words: readonly string[]): Promise<void> {
  await guarded(this, flags, async (interruption) => {
    const goal = goalOf(flags);
    const start = asFlagged(await startCommand({ context: this.cli, flags, words, interruption }), flags);
    if (flags.dryRun === true) return await previewDeploy(start, goal);
    const parallel = flags.parallel ?? start.loaded.fleet.rollout.parallel.activate;
    return await runDeploy(start, { goal, parallel });
  });
}

/**
 * The goal that the flags ask for.
 *
 * @throws FlurryError FLURRY_USAGE when they ask for several
 */
export function goalOf({ goal, boot, dryActivate }: DeployFlags): Goal {
  const goals = new Set<Goal>([
    ...(goal === undefined ? [] : [goal]),
    ...(boot === true ? (["boot"] as const) : []),
    ...(dryActivate === true ? (["dry-activate"] as const) : []),
  ]);
  const [first, ...others] = goals;
  if (others.length > 0)
    throw new FlurryError("FLURRY_USAGE", `two goals in one command: ${[...goals].join(" and ")}`, {
      hint: "deploy has one goal: switch, boot, test or dry-activate",
    });
  return first ?? "switch";
}

function asFlagged(start: CommandStart, flags: DeployFlags): CommandStart {
  const { confirmTimeout, activationTimeout } = flags;
  const timeouts = {
    ...(confirmTimeout === undefined ? {} : { confirmTimeoutMs: confirmTimeout }),
    ...(activationTimeout === undefined ? {} : { activationTimeoutMs: activationTimeout }),
  };
  const hosts = builtOn(start.hosts, flags);
  return { ...start, hosts: hosts.map((host) => ({ ...host, deploy: { ...host.deploy, ...timeouts } })) };
}
