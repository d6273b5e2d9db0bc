import type { Random } from "../random.ts";
import { chooseMoment } from "./faults.ts";
import type { RoundHost } from "./plan-round.ts";
import type {
  ClockError,
  DeployerEnd,
  HostChoice,
  OperatorName,
  PlannedDeployment,
  PlannedResume,
} from "./round-plan.ts";
import { chooseSystem } from "./systems.ts";

/** Who deploys where and when. */
export interface DeploymentFrame {
  readonly operator: OperatorName;
  readonly hosts: readonly RoundHost[];
  readonly startMs: number;
}

/** Makes up a deployment, or a rollback, and who goes on with it. */
export function planDeployment(random: Random, frame: DeploymentFrame): PlannedDeployment {
  const { operator, startMs } = frame;
  const command = random.chance(0.15) ? "rollback" : "deploy";
  const goal = command === "rollback" ? "switch" : random.pick(["switch", "switch", "switch", "test", "boot"]);
  const withProfiles = random.chance(0.35);
  const hosts = frame.hosts.map(({ name }) => planHost(random, name, { goal, withProfiles }));
  const waves = random.chance(0.3) ? inWaves(random, frame.hosts) : undefined;
  const reboot = random.chance(0.2) ? random.pick(["--reboot", "--force-reboot", "--force-reboot"]) : undefined;
  const end = random.chance(0.4) ? planEnd(random, frame.hosts) : undefined;
  return {
    command,
    operator,
    goal,
    hosts,
    onFailure: random.pick(["continue", "continue", "stop", "revert-wave", "revert-all"]),
    unreachable: random.pick(["fail", "fail", "skip"]),
    ...(waves === undefined ? {} : { waves }),
    parallel: random.pick([10, 10, 10, 2, 1]),
    ...(reboot === undefined || command === "rollback" || goal === "test" ? {} : { reboot }),
    transport: random.chance(0.25) ? "openssh" : "ssh2",
    clock: planClock(random),
    bringsKeys: command === "deploy" && random.chance(0.6),
    startMs,
    ...(end === undefined ? {} : { end }),
    resumes: command === "rollback" || random.chance(0.3) ? [] : planResumes(random, frame.hosts),
    resumesFailures: random.chance(0.15),
  };
}

function inWaves(random: Random, hosts: readonly RoundHost[]): readonly (readonly string[])[] {
  const names = hosts.map(({ name }) => name);
  const cut = random.int(1, names.length);
  return [names.slice(0, cut), names.slice(cut)].filter((wave) => wave.length > 0);
}

function planHost(
  random: Random,
  host: string,
  { goal, withProfiles }: { readonly goal: PlannedDeployment["goal"]; readonly withProfiles: boolean },
): HostChoice {
  const system = chooseSystem(random, goal);
  return {
    host,
    system,
    confirmSeconds: random.int(4, 9),
    activationSeconds: random.int(6, 12),
    unitFailure: random.pick(["strict", "degraded", "degraded", "ignore"]),
    // Who does without a proof keeps what cannot be reached.
    magicRollback: system.worth === "bad" || random.chance(0.9),
    neverHealthy: random.chance(0.1),
    ...(withProfiles ? { profiles: { banner: profileText(random), notes: profileText(random) } } : {}),
  };
}

function profileText(random: Random): string {
  return random.chance(0.08) ? "bad" : `version-${random.int(1, 4)}`;
}

function planClock(random: Random): ClockError {
  if (random.chance(0.7)) return { hours: 0, afterMs: 0 };
  return { hours: random.pick([-30, -2, 2, 30]), afterMs: random.chance(0.5) ? 0 : random.int(500, 9000) };
}

function planEnd(random: Random, hosts: readonly RoundHost[]): DeployerEnd {
  const signal = random.pick(["SIGKILL", "SIGKILL", "SIGINT", "SIGINT-twice", "SIGTERM"]);
  const host = hosts[random.int(0, hosts.length - 1)]?.name ?? "";
  return { signal, host, moment: chooseMoment(random) };
}

/** Somebody goes on at once, or when the hosts have gone back; and may be ended as well. */
function planResumes(random: Random, hosts: readonly RoundHost[]): readonly PlannedResume[] {
  const afterMs = (): number => (random.chance(0.6) ? random.int(0, 500) : random.int(500, 10_000));
  const last = { afterMs: afterMs() };
  return random.chance(0.3) ? [{ afterMs: afterMs(), end: planEnd(random, hosts) }, last] : [last];
}
