import type { NixToken } from "@flurry/nix";
import type { Fleet } from "@flurry/schema";

import type { CheckFinding } from "./finding.ts";

/** What every rule says of itself. */
export interface RuleInfo {
  readonly name: string;
  /** What is wrong, and why it matters; one sentence. */
  readonly about: string;
  /** How bad a finding usually is. */
  readonly severity: CheckFinding["severity"];
  /** What `--fix` does about it; missing where nothing is safe. */
  readonly fix?: string;
}

/** A Nix file of the fleet. */
export interface NixFile {
  /** From the directory of the fleet, with `/`. */
  readonly path: string;
  /** All tokens, with spaces and comments. */
  readonly tokens: readonly NixToken[];
  /** Without spaces and comments. */
  readonly code: readonly NixToken[];
}

/** What a rule over Nix code found: a place and what to say of it. */
export interface NixFinding {
  readonly at: Pick<NixToken, "line" | "column">;
  readonly message: string;
  readonly hint: string;
}

/** A rule that looks at one Nix file at a time. */
export interface NixRule extends RuleInfo {
  readonly scan: (file: NixFile, repository: CheckRepository) => readonly NixFinding[];
}

/** A rule that looks at the repository as a whole. */
export interface RepositoryRule extends RuleInfo {
  readonly check: (repository: CheckRepository) => readonly CheckFinding[];
}

/** What there is to check, read once. */
export interface CheckRepository {
  /** The absolute directory of the fleet. */
  readonly directory: string;
  /** The files that git knows, or all where there is no git; from the directory, with `/`. */
  readonly files: readonly string[];
  /** Files that git neither knows nor ignores; empty where there is no git. */
  readonly untracked: readonly string[];
  /** The directory's own path in its git repository, with `/` at the end; empty at the top and without git. */
  readonly prefix: string;
  readonly nixFiles: readonly NixFile[];
  /** Missing when there is no fleet file, or one with errors. */
  readonly fleet?: Fleet;
  readonly hasFlake: boolean;
  /** The text of a file, or undefined when there is none. */
  readonly text: (path: string) => string | undefined;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}
