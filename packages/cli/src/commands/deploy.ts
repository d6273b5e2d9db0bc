import { FlurryError } from "@flurry/core";
import type { Goal } from "@flurry/deploy";

import type { DeployFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { reportLine } from "../renderers/ndjson.ts";
import { goalOf } from "../run/goal-of.ts";
import { guarded } from "../run/guard.ts";
import { narrowToAffected, narrowToDiffering, refuseSinceAlone } from "../run/narrow-to-changed.ts";
import { plannedDeploy } from "../run/planned-deploy.ts";
import { previewDeploy } from "../run/preview-deploy.ts";
import { runDeploy } from "../run/run-deploy.ts";
import type { DeployPlan } from "../run/run-deploy.ts";
import { startCommand } from "../run/start-command.ts";
import type { CommandStart } from "../run/start-command.ts";
import { asTold, toldOptions } from "../run/told-options.ts";
import type { ToldOptions } from "../run/told-options.ts";

/** `flurry deploy`: says what it is going to do, then does it. */
export async function deploy(this: CommandScope, flags: DeployFlags, ...words: readonly string[]): Promise<void> {
  await guarded(this, flags, async (interruption) => {
    refuseContradictions(flags);
    const all = withOptions(await startCommand({ context: this.cli, flags, words, interruption }), flags);
    // A plan names its hosts.
    if (flags.plan === undefined) requireChoice(all);
    const { start, ...what } = await whatToDeploy(all, flags);
    if (start.hosts.length === 0) return nothingToDo(start);
    if (flags.dryRun === true) return await previewDeploy(start, what.goal, flags);
    const parallel = flags.parallel ?? start.loaded.fleet.rollout.parallel.activate;
    const reboot = rebootOf(flags, what.goal);
    if (reboot.reboot !== undefined && start.ssh.localHost !== undefined) throw cannotReboot();
    return await runDeploy(start, {
      ...what,
      ...reboot,
      parallel,
      noKeys: flags.noKeys === true,
      noSecretsCheck: flags.noSecretsCheck === true,
      yes: flags.yes === true,
      prometheus: flags.prometheus,
      told: toldOf(flags),
    });
  });
}

function refuseContradictions(flags: DeployFlags): void {
  goalOf(flags);
  refuseSinceAlone(flags, "deploy");
  if (flags.local === true && (flags.reboot === true || flags.forceReboot === true)) throw cannotReboot();
  if (flags.plan !== undefined && flags.changed === true)
    throw new FlurryError("FLURRY_USAGE", "--plan and --changed exclude each other", {
      hint: "a plan says already which hosts change: flurry plan --changed --out FILE",
    });
}

function cannotReboot(): FlurryError {
  return new FlurryError("FLURRY_USAGE", "a machine that reboots cannot wait for itself to come back", {
    hint: "reboot it yourself after it was deployed on itself, or deploy to it from another machine",
  });
}

/** Which of the selected hosts, and to what end. */
async function whatToDeploy(
  start: CommandStart,
  flags: DeployFlags,
): Promise<Omit<DeployPlan, "parallel"> & { readonly start: CommandStart }> {
  if (flags.plan !== undefined) return await plannedDeploy(start, flags.plan, flags);
  const goal = goalOf(flags);
  if (flags.changed !== true) return { start, goal };
  const { since } = flags;
  return { start: await (since === undefined ? narrowToDiffering(start, goal) : narrowToAffected(start, since)), goal };
}

function nothingToDo({ output }: CommandStart): number {
  const report = { runId: "", verdicts: [], exitCode: 0, durationMs: 0 };
  output.stdout.write(output.json ? reportLine(report) : "no host is left, nothing to do\n");
  return report.exitCode;
}

/** A hive may say that nobody deploys all of it by leaving the selector away. */
function requireChoice({ loaded: { fleet }, chosen }: CommandStart): void {
  if (fleet.mustSelect !== true || chosen) return;
  throw new FlurryError("FLURRY_USAGE", "the hive says meta.allowApplyAll = false: name the hosts to deploy", {
    hint: "every host, on purpose: flurry deploy '*'",
  });
}

const defaultRebootMs = 10 * 60_000;

/**
 * What the flags say of reboots.
 *
 * @throws FlurryError FLURRY_USAGE for a goal after which a reboot would undo or prove nothing
 */
function rebootOf(flags: DeployFlags, goal: Goal): Pick<DeployPlan, "reboot"> {
  const { reboot, forceReboot, rebootTimeout: timeoutMs = defaultRebootMs } = flags;
  if (reboot !== true && forceReboot !== true) return {};
  if (goal !== "switch" && goal !== "boot")
    throw new FlurryError("FLURRY_USAGE", `a host is not rebooted after the goal ${goal}`, {
      hint: "--reboot goes with the goals switch and boot",
    });
  return { reboot: { when: forceReboot === true ? "always" : "needed", timeoutMs } };
}

/** What the flags say of how to deploy each host. */
function toldOf(flags: DeployFlags): ToldOptions {
  const { confirmTimeout, activationTimeout, magicRollback, autoRollback, buildOn, unreachable } = flags;
  return toldOptions({
    confirmTimeoutMs: confirmTimeout,
    activationTimeoutMs: activationTimeout,
    magicRollback: magicRollback === undefined ? undefined : magicRollback === "true",
    autoRollback: autoRollback === undefined ? undefined : autoRollback === "true",
    buildOn,
    unreachable,
  });
}

/** The hosts with what the flags say of how to deploy them. */
function withOptions(start: CommandStart, flags: DeployFlags): CommandStart {
  const hosts = asTold(start.hosts, toldOf(flags));
  if (flags.forceReplaceUnknownProfiles !== true) return { ...start, hosts };
  const forced = hosts.map((host) => ({ ...host, deploy: { ...host.deploy, replaceUnknownProfiles: true } }));
  return { ...start, hosts: forced };
}
