import { relative } from "node:path";

import { FlurryError } from "@flurry/core";
import type { EvaluationSuccess } from "@flurry/nix";

import { emitStart, openEngine } from "../run/engine.ts";
import { evaluated, evaluateHosts, ofSystems } from "../run/evaluate-hosts.ts";
import { hostSecretsCheck } from "../run/host-secrets.ts";
import type { HostSecretsCheck } from "../run/host-secrets.ts";
import { startCommand } from "../run/start-command.ts";
import type { StartRequest } from "../run/start-command.ts";
import { errorFinding } from "./check-fleet.ts";
import type { CheckFinding } from "./finding.ts";

/** What the evaluation of the hosts came to. */
export interface HostCheck {
  readonly findings: readonly CheckFinding[];
  /** How many hosts were evaluated. */
  readonly hosts: number;
}

/**
 * Evaluates the selected hosts; what fails is a finding, and so is a flake that cannot be read.
 *
 * @throws FlurryError for mistakes of the command line, and what is wrong with this machine
 */
export async function checkHosts(request: StartRequest, directory: string): Promise<HostCheck> {
  try {
    const start = await startCommand(request);
    const flake = await start.loaded.lock();
    await using engine = await openEngine(start);
    emitStart(start, engine.emit, "check");
    const all = await evaluateHosts(start, engine, flake);
    const findings = all.flatMap(({ host, evaluation: one }) =>
      one.status === "failed" ? [hostFinding(one.error.withHost(host), directory)] : [],
    );
    const evaluations = ofSystems(all);
    const check = hostSecretsCheck(start.hosts, flake);
    const secrets = await Promise.all(evaluated(evaluations).map((one) => secretsFindings(one, check)));
    return { findings: [...findings, ...secrets.flat()], hosts: evaluations.length };
  } catch (error) {
    const known = FlurryError.from(error);
    if (request.interruption.signal.aborted || !ofTheRepository.has(known.code)) throw error;
    return { findings: [hostFinding(known, directory)], hosts: 0 };
  }
}

async function secretsFindings(
  evaluation: EvaluationSuccess,
  { problems, shown }: HostSecretsCheck,
): Promise<readonly CheckFinding[]> {
  const { host } = evaluation;
  return (await problems(evaluation)).map(({ file, message, hint }) => ({
    rule: "host-secrets",
    severity: "error",
    message: `${host}: ${message}`,
    hint,
    file: shown(file),
    host,
  }));
}

/** Errors that someone repairs in the repository. */
const ofTheRepository: ReadonlySet<string> = new Set([
  "FLURRY_EVAL_FAILED",
  "FLURRY_EVAL_MISSING_HOST",
  "FLURRY_FLAKE_INVALID",
  "FLURRY_FLAKE_NOT_FOUND",
  "FLURRY_FLEET_INVALID",
  "FLURRY_FLEET_NOT_FOUND",
]);

function hostFinding(error: FlurryError, directory: string): CheckFinding {
  const found = errorFinding(error.toJSON(), "evaluation", "flake.nix");
  return found.file.startsWith(`${directory}/`) ? { ...found, file: relative(directory, found.file) } : found;
}
