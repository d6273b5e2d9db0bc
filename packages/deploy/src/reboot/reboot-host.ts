import { deadline, FlurryError, formatMs, sleep } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import { checkHealth } from "../health/check-health.ts";
import { deployHost } from "../host/deploy-host.ts";
import { readFacts } from "../host/facts.ts";
import type { HostFacts } from "../host/facts.ts";
import type { HostJob } from "../host/host-job.ts";
import type { HostLink } from "../host/host-link.ts";
import type { HostOutcome } from "../host/outcome.ts";
import { isPassingTrouble, untilReached } from "../host/remote-run.ts";
import { stage } from "../host/stage.ts";
import { runOnce, scriptWith } from "../host/supervisor.ts";
import { uploadInStage } from "../keys/upload-keys.ts";
import type { ProfileJob, ProfileOutcome } from "../profiles/profile-job.ts";
import { readHistory } from "../rollback/host-history.ts";
import { profilesWith } from "../rollback/profiles-then.ts";
import type { RunContext } from "../run-context.ts";
import { newRunId } from "../run-id.ts";
import { cameUpOn } from "./came-up-on.ts";
import { needsReboot } from "./reboot-wish.ts";
import type { RebootWish } from "./reboot-wish.ts";

/** Milliseconds between two looks at a host that is on its way. */
const lookMs = 500;

/** Milliseconds that a host may take to write its boot menu. */
const askedMs = 180_000;

/**
 * Reboots a host that was deployed, and proves that it came up anew, on the system that it was to boot, and well.
 *
 * Where systemd-boot or GRUB can start the new system once, a host that crashes on its way comes up on the system from
 * before; that is then made its boot default again, and the outcome is `reverted`. Where they cannot, a warning says why.
 *
 * @param before - the generation that the host had before it was deployed: the way back
 * @throws FlurryError FLURRY_REBOOT_FAILED when it does not come back in time, or not well
 */
export async function rebootHost(link: HostLink, order: RebootOrder, context: RunContext): Promise<HostOutcome> {
  try {
    return await reboot(link, order, context);
  } catch (cause) {
    if (context.signal.aborted || !FlurryError.is(cause) || cause.code === "FLURRY_REBOOT_FAILED") throw cause;
    // Also what would else be said of a host before anything is done there: that another run has its lock since.
    throw rebootFailed(
      `it has its new system, but its reboot was not followed to its end: ${cause.message}`,
      link.host.name,
      {
        cause,
        hint: "`flurry status` tells what it runs.",
      },
    );
  }
}

/** What to reboot a host for. */
interface RebootOrder {
  readonly job: HostJob;
  readonly outcome: HostOutcome;
  readonly before: number | undefined;
  readonly wish: RebootWish;
}

async function reboot(
  link: HostLink,
  { job, outcome, before, wish }: RebootOrder,
  context: RunContext,
): Promise<HostOutcome> {
  const { emit, signal } = context;
  const { timeoutMs } = wish;
  const host = link.host.name;
  const facts = await factsOnceReached(link, context.signal, timeoutMs);
  if (wish.when === "needed" && !needsReboot(facts, job.candidate)) return outcome;
  const old = before === facts.generation ? undefined : before;
  const { now, boots } = await stage(emit, { host, stage: "prove", note: "rebooting" }, async () => {
    const { isOnce, whyNot } = await askToReboot(link, { facts, old, timeoutMs }, signal);
    if (whyNot !== undefined) emit({ kind: "log", host, stage: "prove", level: "warn", line: noWayBack(whyNot) });
    return { boots: isOnce, now: await nextBoot(link, facts.bootId, { timeoutMs, isOnce, signal }) };
  });
  // What is in memory is gone, whichever system has come up.
  const brought = await uploadInStage(link, job.keys ?? [], { emit, signal, at: "prove" }).catch((error: unknown) =>
    FlurryError.from(error),
  );
  const place = cameUpOn(now, { candidate: job.candidate, generation: facts.generation });
  if (place === "another") throw takenElsewhere(now, job.candidate, host);
  if (place === "before") return await fellBack(link, { job, now, old }, context);
  if (brought instanceof FlurryError)
    throw rebootFailed(`it is back without its keys: ${brought.message}`, host, { cause: brought });
  await checkHealth(link, { signal, env: context.ssh.env }).catch((cause: unknown) => {
    throw rebootFailed("it is not well after its reboot", host, { cause });
  });
  const end = boots ? await byDefault(link, signal) : now;
  const { generation } = now;
  return {
    ...outcome,
    after: now.current,
    failedUnits: end.failedUnits,
    ...(generation === undefined ? {} : { generation }),
  };
}

async function factsOnceReached(link: HostLink, signal: AbortSignal, timeoutMs: number): Promise<HostFacts> {
  using limit = deadline(timeoutMs, `the reboot of ${link.host.name}`, signal);
  return await untilReached(async () => await readFacts(link, limit.signal), limit.signal);
}

/** Asks a host to reboot. A connection that breaks meanwhile does not tell whether it will: it is asked again until it has. */
async function askToReboot(
  link: HostLink,
  {
    facts,
    old,
    timeoutMs,
  }: { readonly facts: HostFacts; readonly old: number | undefined; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<{ readonly isOnce: boolean; readonly whyNot: string | undefined }> {
  using limit = deadline(timeoutMs, `the reboot of ${link.host.name}`, signal);
  const words = runOnce("reboot", [String(facts.generation ?? ""), String(old ?? "")]);
  let isFirst = true;
  return await untilReached(async () => {
    if (!isFirst) {
      await link.freshSession(limit.signal);
      const { bootId, bootsOnce } = await readFacts(link, limit.signal);
      if (bootId !== facts.bootId) return { isOnce: bootsOnce === true, whyNot: undefined };
    }
    isFirst = false;
    const reply = await link.call(words, { stdin: scriptWith("reboot"), signal: limit.signal, timeoutMs: askedMs });
    const once = reply.one("boots_once");
    if (once === undefined)
      throw new FlurryError("FLURRY_REMOTE_COMMAND_FAILED", "the host broke off as it was asked to reboot");
    return { isOnce: once !== "no", whyNot: reply.one("boots_once_not") };
  }, limit.signal);
}

function noWayBack(why: string): string {
  return `boots its new system with no way back: ${why}. If it does not come up, choose the system from before in its boot menu`;
}

/** Asking a host ends its way back to the system from before. Where its boot menu has to be written for that, it takes a while. */
async function byDefault(link: HostLink, signal: AbortSignal): Promise<HostFacts> {
  const host = link.host.name;
  using limit = deadline(askedMs, `the boot menu of ${host}`, signal);
  for (;;) {
    const facts = await untilReached(async () => await readFacts(link, limit.signal), limit.signal);
    if (facts.bootsOnce !== true) return facts;
    await sleep(lookMs, limit.signal).catch(() => {
      throw rebootFailed("its new system runs, but could not be made its boot default", host, {
        hint: "Deploy once more; until then it boots the system from before.",
      });
    });
  }
}

async function nextBoot(
  link: HostLink,
  bootId: string,
  { timeoutMs, isOnce, signal }: { readonly timeoutMs: number; readonly isOnce: boolean; readonly signal: AbortSignal },
): Promise<HostFacts> {
  const host = link.host.name;
  using limit = deadline(timeoutMs, `the reboot of ${host}`, signal);
  let cause: unknown;
  while (!limit.signal.aborted) {
    try {
      await link.freshSession(limit.signal);
      const facts = await readFacts(link, limit.signal);
      if (facts.bootId !== bootId) return facts;
    } catch (error) {
      if (!limit.signal.aborted && !isPassingTrouble(error)) throw error;
      cause = error;
    }
    await sleep(lookMs, limit.signal).catch(() => {});
  }
  if (signal.aborted) throw new FlurryError("FLURRY_ABORTED", "the deployer stopped while the host rebooted", { host });
  const hint = isOnce
    ? "Reset it: it then boots the system from before."
    : "Look at its console; the system from before is in its boot menu.";
  throw rebootFailed(`it did not come back within ${formatMs(timeoutMs)}`, host, { cause, hint });
}

/** What runs there now is not this run's to judge, and not to be taken back. */
function takenElsewhere({ current, lock }: HostFacts, candidate: StorePath, host: string): FlurryError {
  const who = lock === undefined ? "somebody else" : lock.owner;
  const message = `${who} has deployed to the host since it was asked to reboot: it runs ${current} instead of ${candidate}`;
  return rebootFailed(message, host, { hint: "`flurry status` tells what it runs; nothing of it was changed." });
}

/** The host is on the system from before; its profile and boot loader have to follow, or the next boot is the same adventure. */
async function fellBack(
  link: HostLink,
  { job, now, old }: { readonly job: HostJob; readonly now: HostFacts; readonly old: number | undefined },
  context: RunContext,
): Promise<HostOutcome> {
  const host = link.host.name;
  const why = rebootFailed(`it came up on ${now.current} instead of its new system`, host, {
    hint: "The old system is its boot default again; look at the console or the journal of the boot that failed.",
  });
  const { operator } = context;
  const back: HostJob = {
    runId: newRunId(new Date()),
    goal: "boot",
    candidate: now.current,
    before: now.current,
    operator,
    ...(old === undefined ? {} : { restoreGeneration: old }),
  };
  const quiet = { ...context, emit: () => {} };
  // Before the host has another run to remember.
  const { jobs } = profilesWith(now.current, await readHistory(link, { signal: context.signal })) ?? { jobs: [] };
  const outcome = await deployHost(link, back, quiet);
  if (outcome.status !== "deployed")
    throw rebootFailed(`${why.message}, which could not be made its boot default`, host, {
      cause: outcome.error ?? job,
    });
  const profiles = await profilesBackToo(link, jobs, { why, system: now.current, context: quiet });
  const { current: after, failedUnits, generation } = await factsOnceReached(link, context.signal, askedMs);
  return {
    status: "reverted",
    after,
    failedUnits,
    error: why,
    ...(generation === undefined ? {} : { generation }),
    ...(profiles.length === 0 ? {} : { profiles }),
  };
}

/** No boot brings the profiles back that the host had with its old system: they are activated again, as it remembers them. */
async function profilesBackToo(
  link: HostLink,
  jobs: readonly ProfileJob[],
  { why, system, context }: { readonly why: FlurryError; readonly system: StorePath; readonly context: RunContext },
): Promise<readonly ProfileOutcome[]> {
  if (jobs.length === 0) return [];
  const back: HostJob = {
    runId: newRunId(new Date()),
    goal: "switch",
    candidate: system,
    before: system,
    operator: context.operator,
    keepsSystem: true,
    profiles: jobs,
    proof: "contact",
  };
  const { status, error, profiles = [] } = await deployHost(link, back, context);
  if (status === "deployed") return profiles;
  const names = jobs.map(({ profile }) => profile.name).join(", ");
  const hint = `Look at them with \`flurry status ${link.host.name}\`; its old system is its boot default again.`;
  throw rebootFailed(`${why.message}; it stays there, but its profiles could not go back: ${names}`, link.host.name, {
    cause: error,
    hint,
  });
}

function rebootFailed(
  message: string,
  host: string,
  more: { readonly cause?: unknown; readonly hint?: string },
): FlurryError {
  return new FlurryError("FLURRY_REBOOT_FAILED", message, { host, ...more });
}
