import { join } from "node:path";

import type { FleetEvent, ProcessResult, Verdict } from "@flurry/core";
import type { FleetLab, LabProcess } from "@flurry/lab";

import type { DeployerEnd, PlannedDeployment } from "../plan/round-plan.ts";
import type { Operator } from "./fleet-repository.ts";
import { wrongClock } from "./wrong-clock.ts";

/** How a deployer ended. */
export interface DeploymentEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** The last of its JSON: the report, or why there is none. */
  readonly lastLine: string;
  /** Its verdicts, when it lived to say them all. */
  readonly verdicts: readonly Verdict[] | undefined;
  /** Whether it was ended because it took far longer than any deadline allows. */
  readonly hung: boolean;
}

/** A `flurry deploy`, `rollback` or `resume` that runs in the lab. */
export class Deployment {
  readonly planned: PlannedDeployment;
  /** The signal that is to end it, and when. */
  readonly plannedEnd: DeployerEnd | undefined;
  /** What it goes on with. */
  readonly resumes: Deployment | undefined;
  /** The hosts that it deploys: those of the plan without those that a former round left resting. */
  readonly hosts: readonly string[];
  readonly directory: string;
  readonly ended: Promise<DeploymentEnd>;
  readonly #fleet: FleetLab;
  readonly #process: LabProcess;
  readonly #pidFile: string;
  readonly #steps = new Set<string>();
  #runId: string | undefined;
  #interrupted: DeployerEnd["signal"] | undefined;
  #running = true;

  private constructor(fleet: FleetLab, parts: DeploymentParts) {
    this.planned = parts.planned;
    this.plannedEnd = parts.end;
    this.resumes = parts.resumes;
    this.hosts = parts.hosts;
    this.directory = parts.operator.directory;
    this.#fleet = fleet;
    this.#pidFile = join(fleet.lab.home, `deployer-${parts.operator.name}.pid`);
    // The shell's pid, which node takes over, counts in the lab; the process that is seen from outside is a wrapper.
    const words = ["sh", "-c", 'echo $$ > "$0"; exec "$@"', this.#pidFile, process.execPath, parts.flurry];
    const { transport, clock } = parts.planned;
    const env = {
      USER: parts.operator.name,
      FLURRY_SSH_TRANSPORT: transport,
      ...(clock.hours === 0 ? {} : { NODE_OPTIONS: wrongClock(clock) }),
    };
    this.#process = fleet.lab.spawn([...words, ...commandOf(parts)], { cwd: this.directory, env });
    this.ended = this.#follow();
  }

  static start(fleet: FleetLab, parts: DeploymentParts): Deployment {
    return new Deployment(fleet, parts);
  }

  get runId(): string | undefined {
    return this.#runId;
  }

  /** The names of its own run and of those that it goes on with, the newest first. */
  get runIds(): readonly string[] {
    const own = this.#runId === undefined ? [] : [this.#runId];
    return [...own, ...(this.resumes?.runIds ?? [])];
  }

  get running(): boolean {
    return this.#running;
  }

  /** The signal that was sent to it, if there was one. */
  get interrupted(): DeployerEnd["signal"] | undefined {
    return this.#interrupted;
  }

  /** Whether a host has come to a step in this deployment. */
  hasBegun(host: string, stage: string): boolean {
    return this.#steps.has(`${host} ${stage}`);
  }

  async interrupt(signal: DeployerEnd["signal"]): Promise<boolean> {
    if (!this.#running) return false;
    const name = { SIGKILL: "KILL", SIGINT: "INT", SIGTERM: "TERM", "SIGINT-twice": "INT" }[signal];
    const again = signal === "SIGINT-twice" ? `; sleep 0.3; kill -INT "$pid"` : "";
    const script = `read -r pid < "$0" && kill -${name} "$pid"${again}`;
    this.#interrupted = signal;
    await this.#fleet.exec(["sh", "-c", script, this.#pidFile]);
    return true;
  }

  async #follow(): Promise<DeploymentEnd> {
    let hung = false;
    const limit = setTimeout(() => {
      hung = true;
      this.#process.kill("SIGKILL");
    }, hangMs);
    let verdicts: readonly Verdict[] | undefined;
    let lastLine = "";
    for await (const line of this.#process.lines) {
      const said = parse(line);
      if (line.startsWith("{")) lastLine = line;
      if (said?.kind === "run-started") this.#runId = said.runId;
      if (said?.kind === "stage-started") this.#steps.add(`${said.host} ${said.stage}`);
      if (said?.kind === "report") verdicts = said.verdicts;
    }
    const { exitCode, signal, stderr }: ProcessResult = await this.#process.exited;
    clearTimeout(limit);
    this.#running = false;
    return { exitCode, signal, stderr, lastLine, verdicts, hung };
  }
}

/** What a deployment is made of. */
export interface DeploymentParts {
  readonly planned: PlannedDeployment;
  readonly operator: Operator;
  readonly hosts: readonly string[];
  readonly flurry: string;
  readonly end: DeployerEnd | undefined;
  readonly resumes: Deployment | undefined;
}

function commandOf({ planned, hosts, resumes }: DeploymentParts): readonly string[] {
  if (resumes !== undefined) return ["resume", ...(resumes.runId === undefined ? [] : [resumes.runId]), "--json"];
  const { command, goal, reboot, bringsKeys } = planned;
  if (command === "rollback") return ["rollback", "--json", ...hosts];
  const rebooting = reboot === undefined ? [] : [reboot, "--reboot-timeout", "20s"];
  return ["deploy", "--json", "--goal", goal, ...rebooting, ...(bringsKeys ? [] : ["--no-keys"]), ...hosts];
}

/** Longer than the deployer waits for a host by its own deadlines, which are 120 s and twice those of the host. */
const hangMs = 240_000;

type Said = FleetEvent | { readonly kind: "report"; readonly verdicts: readonly Verdict[] };

function parse(line: string): Said | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Said;
  } catch {
    // A deployer that is killed leaves half a line.
    return undefined;
  }
}
