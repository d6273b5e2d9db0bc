import type { FleetLab } from "@flurry/lab";

import type { PlannedErrand } from "../plan/round-plan.ts";
import type { Operator } from "./fleet-repository.ts";

/** A command that was run beside the deployments, and how it ended. */
export interface PastErrand {
  readonly planned: PlannedErrand;
  /** The hosts that it was about. */
  readonly hosts: readonly string[];
  readonly exitCode: number | null;
  readonly hung: boolean;
  /** All that it printed. */
  readonly output: string;
}

/** Longer than any deadline of these commands. */
const hangMs = 240_000;

/** Runs a command beside the deployments, to its end. */
export async function runErrand(
  fleet: FleetLab,
  parts: {
    readonly planned: PlannedErrand;
    readonly hosts: readonly string[];
    readonly operator: Operator;
    readonly flurry: string;
  },
): Promise<PastErrand> {
  const { planned, hosts, operator, flurry } = parts;
  const words = { status: [], exec: [], gc: ["--keep", "2", "--yes"], "upload-keys": [] }[planned.command];
  const command = planned.command === "exec" ? ["--", "cat", "/etc/hostname"] : [];
  const argv = [process.execPath, flurry, planned.command, "--json", ...words, ...hosts, ...command];
  const env = { USER: operator.name };
  const { exitCode, stdout, stderr } = await fleet
    .exec(argv, { cwd: operator.directory, env, timeoutMs: hangMs })
    .catch((error: unknown) => ({ exitCode: null, stdout: "", stderr: String(error) }));
  return { planned, hosts, exitCode, hung: exitCode === null, output: `${stdout}\n${stderr}` };
}
