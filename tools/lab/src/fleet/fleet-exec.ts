import { runProcess, shellCommand } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";

import { LabError } from "../lab-error.ts";

/**
 * Runs a command where the fleet's files and the deployer's Nix store are: `(argv, options) => lab.exec(argv, options)`,
 * or {@link machineExec}.
 */
export type FleetExec = (argv: readonly string[], options?: { readonly cwd?: string }) => Promise<ProcessResult>;

/** Runs commands on this machine, with Nix that does not look for a network. */
export function machineExec(env: NodeJS.ProcessEnv): FleetExec {
  const offline = { ...env, NIX_CONFIG: "substituters =\nbuild-users-group =\nflake-registry =" };
  return async ([file = "", ...args], options = {}) => await runProcess(file, args, { ...options, env: offline });
}

/**
 * Runs a command that has to succeed.
 *
 * @returns what it printed, without the last line's end
 * @throws LabError LAB_COMMAND_FAILED with its standard error as details
 */
export async function execChecked(exec: FleetExec, argv: readonly string[], cwd?: string): Promise<string> {
  const { exitCode, signal, stdout, stderr } = await exec(argv, cwd === undefined ? {} : { cwd });
  if (exitCode === 0) return stdout.trimEnd();
  throw new LabError(
    "LAB_COMMAND_FAILED",
    `${shellCommand(argv)} ended with ${exitCode === null ? `signal ${signal}` : `code ${exitCode}`}`,
    { details: stderr },
  );
}

/** The first words of a nix command with flakes, whatever the machine's nix.conf says. */
export const nixCommand: readonly string[] = ["nix", "--extra-experimental-features", "nix-command flakes"];
