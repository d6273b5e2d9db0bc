import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

import { FlurryError } from "@flurry/core";

import { Lab } from "../lab.ts";

/** What a command may know of the process it runs in. */
export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Writes a line to standard output. */
  readonly print: (line: string) => void;
}

/** One verb of the `lab` command. */
export interface Command {
  /** The words after `lab`, as help shows them. */
  readonly usage: string;
  readonly summary: string;
  /** Further lines of its help. */
  readonly details?: string;
  /** Runs the command and returns its exit code. */
  readonly run: (args: readonly string[], context: CommandContext) => Promise<number>;
}

/** The directory of the lab that commands mean: LAB_DIRECTORY, else one for each user. */
export function labDirectory(env: NodeJS.ProcessEnv): string {
  return env["LAB_DIRECTORY"] ?? join(tmpdir(), `flurry-lab-${userInfo().uid}`);
}

/** The running lab that commands mean. */
export async function attachedLab({ env }: CommandContext): Promise<Lab> {
  return await Lab.attach(labDirectory(env), { env });
}

/**
 * Exactly these positional words.
 *
 * @throws FlurryError FLURRY_USAGE
 */
export function expectWords<const Names extends readonly string[]>(
  words: readonly string[],
  names: Names,
): { readonly [Name in keyof Names]: string } {
  if (words.length !== names.length)
    throw usageError(
      `expected ${names.length === 0 ? "no words" : names.join(" ")}, got ${words.length === 0 ? "nothing" : words.join(" ")}`,
    );
  return words as unknown as { readonly [Name in keyof Names]: string };
}

/** A mistake in the command line. */
export function usageError(message: string): FlurryError {
  return new FlurryError("FLURRY_USAGE", message, { hint: "See `lab --help`." });
}
