import type { Emit, Verdict } from "@flurry/core";
import type { LockedFlake } from "@flurry/nix";
import type { Host, Rollout } from "@flurry/schema";
import { JumpPool } from "@flurry/ssh";

import { exitCodeOf } from "./exit-code.ts";
import { buildWanted } from "./fleet/build-wanted.ts";
import type { PendingHost } from "./fleet/build-wanted.ts";
import { buildOnly, pushOnly } from "./fleet/deliver.ts";
import type { Delivery } from "./fleet/deliver.ts";
import { requireSomeoneToAsk } from "./fleet/gate.ts";
import { openLinks } from "./fleet/open-links.ts";
import { pendingHost, withoutWhatIsThere } from "./fleet/pending-host.ts";
import type { WantedSystem } from "./fleet/prepare.ts";
import { prepare } from "./fleet/prepare.ts";
import { rollOut } from "./fleet/roll-out.ts";
import { settleThere } from "./fleet/settle-there.ts";
import { withKnownSystems } from "./fleet/unknown-system.ts";
import { VerdictBoard } from "./fleet/verdict-board.ts";
import { isActivation } from "./goal.ts";
import type { ActivationGoal, Goal } from "./goal.ts";
import { keyMakerOf } from "./keys/key-maker.ts";
import type { KeyPlace } from "./keys/key-maker.ts";
import type { PlannedHost } from "./plan/saved-plan.ts";
import { requireUnmoved } from "./plan/stale-plan.ts";
import type { WantedProfile } from "./profiles/profile-job.ts";
import { mustReboot } from "./reboot/reboot-wish.ts";
import type { RebootWish } from "./reboot/reboot-wish.ts";
import type { RunContext } from "./run-context.ts";

/** What to deploy where. */
export interface DeployRequest {
  /** Names the run in events, journal and on the hosts; see `newRunId`. */
  readonly runId: string;
  readonly flake: LockedFlake;
  /** The selected hosts, at least one. */
  readonly hosts: readonly Host[];
  /** Every host of the fleet, for systems that are built on a host which is not selected. Default: the selected ones. */
  readonly fleetHosts?: readonly Host[];
  readonly rollout: Rollout;
  readonly goal: Goal;
  /** How many hosts are copied to and activated at the same time. */
  readonly parallel: number;
  /** Reboot hosts after they were deployed with the goals `switch` and `boot`; never unless given. */
  readonly reboot?: RebootWish;
  /** Bring hosts their keys, made in this directory; they get none unless given. */
  readonly keys?: KeyPlace;
  /** How long evaluated systems are kept from garbage collection: a folder for GC roots, usually the run's own. */
  readonly rootsDirectory?: string;
  /**
   * Systems that earlier runs from here gave to hosts, for hosts with `replaceUnknownProfiles: false`: one that a host has
   * built itself is in no other store.
   */
  readonly knownSystems?: readonly string[];
  /** What a saved plan says of the hosts: they are deployed only if all of them still run what they ran then. */
  readonly planned?: readonly PlannedHost[];
}

/** How a run ended: one verdict for each selected host, in their order. */
export interface RunReport {
  readonly runId: string;
  readonly verdicts: readonly Verdict[];
  readonly exitCode: number;
  readonly durationMs: number;
}

/**
 * Evaluates, builds, copies and activates the systems of the selected hosts.
 * Failures of hosts are verdicts, not exceptions.
 *
 * @throws FlurryError only for what concerns the whole run, before any host is touched
 */
export async function deployFleet(request: DeployRequest, surroundings: RunContext): Promise<RunReport> {
  // Hosts and builders behind the same jump host share one connection to it, however many they are.
  const context = { ...surroundings, ssh: { jumps: new JumpPool(), ...surroundings.ssh } };
  if (isActivation(request.goal)) requireSomeoneToAsk(request.rollout, request.hosts, context);
  const startedAt = performance.now();
  const { runId, flake, hosts, goal } = request;
  const { emit } = context;
  emit({
    kind: "run-started",
    runId,
    command: "deploy",
    goal,
    source: flake.original,
    hosts: hosts.map(({ name }) => name),
  });
  const board = new VerdictBoard(hosts, emit);
  await using links = openLinks(hosts, context.ssh);
  const delivery = { request, links: links.all, board };
  if (isActivation(goal)) await activate(delivery, goal, context);
  else await (goal === "build" ? buildOnly : pushOnly)(delivery, context);
  const verdicts = board.all();
  const exitCode = exitCodeOf(verdicts);
  const durationMs = performance.now() - startedAt;
  emit({ kind: "run-finished", runId, exitCode, durationMs });
  return { runId, verdicts, exitCode, durationMs };
}

/** The goals that do something with the new system on the host. */
async function activate({ request, links, board }: Delivery, goal: ActivationGoal, context: RunContext): Promise<void> {
  const { runId, flake, hosts, rollout, parallel, reboot } = request;
  const { emit } = context;
  const prepared = await prepare(links, { flake, board, context });
  if (request.planned !== undefined) {
    const isLeftOut = (host: string): boolean => board.get(host)?.status === "skipped";
    const { wanted, facts } = prepared;
    requireUnmoved(request.planned, { wanted, facts, isLeftOut });
  }
  const found = links.flatMap((link) => {
    const host = board.has(link.host.name) ? undefined : pendingHost(link, prepared, goal);
    return host === undefined ? [] : [host];
  });
  const known =
    goal === "dry-activate"
      ? found
      : await withKnownSystems(found, { board, given: request.knownSystems ?? [] }, context);
  if (goal === "test") for (const { link, packages } of known) tellUntested(link.host.name, packages, emit);
  const left = (host: PendingHost): PendingHost | undefined =>
    host.system !== undefined && mustReboot(request.reboot, host.facts, host.system.outPath)
      ? host
      : withoutWhatIsThere(host, goal);
  const makeKeys = keyMakerOf(request, { flake: async () => flake, hosts }, context);
  const there = known.filter((host) => left(host) === undefined);
  await settleThere(there, { board, goal, parallel, makeKeys }, context);
  const pending = known.flatMap((host) => left(host) ?? []);
  for (const { link, system, facts: fact } of known.filter((host) => left(host) !== undefined))
    if (system !== undefined)
      emit({ kind: "planned", host: link.host.name, before: fact.current, ...onlyPaths(system) });
  const built = await buildWanted(pending, {
    board,
    context,
    fleetHosts: request.fleetHosts ?? hosts,
    rootsDirectory: request.rootsDirectory,
  });
  const wishes = { ...(reboot === undefined ? {} : { reboot }), ...(makeKeys === undefined ? {} : { makeKeys }) };
  await rollOut({ runId, goal, rollout, parallel, ready: built, board, ...wishes }, context);
}

function tellUntested(host: string, packages: readonly WantedProfile[], emit: Emit): void {
  if (packages.length === 0) return;
  const names = packages.map(({ profile }) => profile.name).join(", ");
  const line = `a test leaves profiles beside the system as they are: ${names}`;
  emit({ kind: "log", host, stage: "preflight", level: "info", line });
}

function onlyPaths({ drvPath, outPath }: WantedSystem): WantedSystem {
  return { drvPath, outPath };
}
