import { FlurryError } from "@flurry/core";
import { exitCodes, findRunId, goals, isActivation, isDone, readJournal, runIds } from "@flurry/deploy";
import type { ActivationGoal, RunRecord } from "@flurry/deploy";
import type { Host } from "@flurry/schema";

import type { ResumeFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { count, nameList } from "../renderers/measures.ts";
import { withChosenProfiles } from "../run/chosen-profiles.ts";
import { guarded } from "../run/guard.ts";
import { inspectSecrets } from "../run/host-secrets.ts";
import { journalsIn } from "../run/journal-directory.ts";
import { recordedRun } from "../run/recorded-run.ts";
import { showReport } from "../run/run-deploy.ts";
import { startCommand } from "../run/start-command.ts";
import type { CommandStart } from "../run/start-command.ts";
import { asCaller } from "../run/this-machine.ts";
import { asTold, toldOptions } from "../run/told-options.ts";

/** `flurry resume`: goes on with a run whose deployer died or was stopped. */
export async function resume(this: CommandScope, flags: ResumeFlags, ...words: readonly string[]): Promise<void> {
  await guarded(this, flags, async (interruption) => {
    const [wish, ...others] = words;
    if (others.length > 0)
      throw new FlurryError("FLURRY_USAGE", "flurry resume goes on with one run", {
        hint: `flurry resume ${wish ?? ""}`,
      });
    const all = await startCommand({ context: this.cli, flags, words: [], interruption });
    const run = await findRun(journalsIn(all.loaded.directory), wish);
    const start = await asInRun(all, run.earlier);
    if (flags.dryRun === true) return preview(start, run);
    return await goOn(start, run, flags);
  });
}

/** A run to go on with. */
interface ResumableRun {
  readonly earlier: RunRecord;
  readonly goal: ActivationGoal;
  /** The runs that it went on with itself, the newest first. */
  readonly before: readonly string[];
}

async function findRun(directory: string, wish: string | undefined): Promise<ResumableRun> {
  const ids = await runIds(directory);
  const earlier =
    wish === undefined ? await newestRun(directory, ids) : await readJournal(directory, findRunId(ids, wish));
  requireResumable(earlier);
  const goal = goals.find((each) => each === earlier.goal);
  if (goal === undefined) throw notResumable(`run ${earlier.runId} has a goal of another version: ${earlier.goal}`);
  if (!isActivation(goal))
    throw notResumable(`run ${earlier.runId} was only to ${goal}`, `Run flurry deploy --goal ${goal} again instead.`);
  const before: string[] = [];
  for (let id = earlier.header?.resumes; id !== undefined && !before.includes(id);) {
    before.push(id);
    id = ids.includes(id) ? (await readJournal(directory, id)).header?.resumes : undefined;
  }
  return { earlier, goal, before };
}

const resumable: ReadonlySet<string> = new Set(["deploy", "resume"]);

async function newestRun(directory: string, ids: readonly string[]): Promise<RunRecord> {
  for (const id of ids) {
    const record = await readJournal(directory, id).catch((error: unknown) => FlurryError.from(error));
    if (record instanceof FlurryError || !resumable.has(record.command)) continue;
    // One that went on with another and was killed at once has done nothing: the other one is still to go on with.
    if (record.state === "broken-off" && record.hosts.length === 0 && record.header?.resumes !== undefined) continue;
    return record;
  }
  throw new FlurryError("FLURRY_RUN_NOT_FOUND", "no deployment has been run here yet", { hint: "flurry deploy" });
}

function requireResumable({ runId, command, state, operator, startedAt, hosts, header }: RunRecord): void {
  if (!resumable.has(command))
    throw notResumable(`run ${runId} is no deployment but a ${command}`, `Run flurry ${command} again instead.`);
  if (state === "running")
    throw new FlurryError(
      "FLURRY_RUN_ACTIVE",
      `${operator ?? "someone"} is at work on run ${runId} since ${new Date(startedAt).toISOString()}`,
      { hint: `Wait for it to end, or interrupt process ${header?.process?.pid ?? "?"} first.` },
    );
  if (hosts.length > 0 && hosts.every(isDone))
    throw notResumable(`every host of run ${runId} is where it should be: there is nothing to go on with`);
  if (hosts.length === 0) throw notResumable(`run ${runId} ended before it chose its hosts`, "Deploy again instead.");
}

/** The hosts of the run, deployed as its command line said; what a machine did to itself only that machine goes on with. */
async function asInRun(all: CommandStart, earlier: RunRecord): Promise<CommandStart> {
  const { header } = earlier;
  const hosts = asTold(hostsOf(earlier, all), toldOptions(header ?? {}));
  const { context, ssh: own } = all;
  const { localHost: _, ...ssh } = own;
  if (header?.localHost === undefined) return { ...all, hosts, ssh };
  const { localHost, machine } = header;
  if (machine === undefined || machine !== (await context.machine?.()))
    throw notResumable(
      `run ${earlier.runId} was that of ${localHost} on itself, and this is another machine`,
      `Run flurry resume, or flurry deploy --local, on ${localHost}.`,
    );
  return { ...all, hosts: hosts.map((host) => asCaller(host, localHost, context)), ssh: { ...ssh, localHost } };
}

function notResumable(message: string, hint?: string): FlurryError {
  return new FlurryError("FLURRY_RUN_NOT_RESUMABLE", message, hint === undefined ? {} : { hint });
}

/** The hosts of the run, as the fleet describes them now. */
function hostsOf({ hosts, header }: RunRecord, { loaded: { fleet }, output }: CommandStart): readonly Host[] {
  const all = [...fleet.hosts, ...(fleet.localHosts ?? [])];
  const names = new Set(hosts.map(({ host }) => host));
  const found = all.filter(({ name }) => names.has(name));
  const lost = [...names].filter((name) => !found.some((host) => host.name === name));
  if (found.length === 0) throw notResumable("none of the run's hosts is in the fleet any more");
  if (lost.length > 0)
    output.stderr.write(`${output.progressColors.yellow("warning")}: no longer in the fleet: ${lost.join(", ")}\n`);
  const profiles = Object.entries(header?.profiles ?? {});
  return withChosenProfiles(found, new Map(profiles.map(([host, chosen]) => [host, new Set(chosen)])));
}

function namesLeft({ earlier }: ResumableRun): readonly string[] {
  return earlier.hosts.flatMap((host) => (isDone(host) ? [] : [host.host]));
}

function preview({ output }: CommandStart, run: ResumableRun): number {
  const { earlier } = run;
  const hosts = earlier.hosts.map((host) => ({ host: host.host, toDo: !isDone(host), verdict: host.verdict }));
  output.stdout.write(
    output.json
      ? jsonDocument("resume", { dryRun: true, runId: earlier.runId, goal: run.goal, hosts })
      : `${saidPlan(run)}; nothing was touched\n`,
  );
  return exitCodes.ok;
}

function saidPlan(run: ResumableRun): string {
  const left = namesLeft(run);
  const { runId, operator, hosts } = run.earlier;
  const whose = operator === undefined ? "" : ` of ${operator}`;
  return `Going on with run ${runId}${whose}: ${count(left.length, "host")} of ${hosts.length} left (${nameList(left, 8)})`;
}

/** What the run was to do beside deploying; the resumed run says it once more, for whoever goes on with that. */
function sameWishes({ header }: RunRecord, flags: ResumeFlags) {
  const { flake, reboot, localHost, noKeys } = header ?? {};
  const noSecretsCheck = flags.noSecretsCheck === true || header?.noSecretsCheck === true;
  return {
    ...toldOptions(header ?? {}),
    ...(flake === undefined ? {} : { flake }),
    ...(reboot === undefined ? {} : { reboot }),
    ...(localHost === undefined ? {} : { localHost }),
    ...(noSecretsCheck ? { noSecretsCheck } : {}),
    ...(noKeys === true ? { noKeys } : {}),
    ...(header?.profiles === undefined ? {} : { profiles: header.profiles }),
  };
}

async function goOn(start: CommandStart, run: ResumableRun, flags: ResumeFlags): Promise<number> {
  const { services, hosts, loaded, interruption, output } = start;
  const { earlier, goal, before } = run;
  const { rollout, hosts: fleetHosts } = loaded.fleet;
  if (!output.json && !output.quiet) output.stderr.write(`${saidPlan(run)}\n`);
  const parallel = flags.parallel ?? earlier.header?.parallel ?? rollout.parallel.activate;
  const wishes = sameWishes(earlier, flags);
  const { flake, reboot, noKeys, noSecretsCheck } = wishes;
  const description = { command: "resume", goal, parallel, resumes: earlier.runId, ...wishes };
  const manner = { yes: flags.yes, prometheus: flags.prometheus };
  const resumed = await recordedRun(start, { ...description, ...manner }, async ({ context, ...opened }) => {
    const keys = noKeys === true ? {} : { keys: { directory: loaded.directory } };
    const more = { ...keys, ...(reboot === undefined ? {} : { reboot }) };
    const request = { ...opened, ...more, earlier, before, hosts, fleetHosts, rollout, goal, parallel };
    const secrets = flake === undefined ? {} : inspectSecrets(hosts, flake, { noSecretsCheck });
    return await services.resumeFleet(request, { ...context, ...secrets });
  });
  showReport(start, { goal }, resumed);
  return interruption.signal.aborted ? exitCodes.interrupted : resumed.report.exitCode;
}
