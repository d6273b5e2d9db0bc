import type { LockFile } from "./lock-file.ts";
import type { LockGraph } from "./lock-graph.ts";

/** Something about a lock file that its owner should know. */
export interface LockFinding {
  /** The rule that found it; see `lockRules`. */
  readonly rule: string;
  /** `error`: the flake does not lock, or not for others. `note`: worth knowing, nothing to repair. */
  readonly severity: "error" | "warning" | "note";
  /** The path of the input from the flake: `sops-nix/nixpkgs`; empty for the lock file as a whole. */
  readonly input: string;
  readonly message: string;
  readonly hint?: string;
  /** Where it stands in the lock file, counted from 1. */
  readonly line: number;
  readonly column: number;
}

/** What a rule looks at. */
export interface LockView {
  readonly lock: LockFile;
  readonly graph: LockGraph;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** One thing to look for in lock files. */
export interface LockRule {
  readonly name: string;
  /** What is wrong, and why it matters; one sentence. */
  readonly about: string;
  readonly check: (view: LockView) => readonly Omit<LockFinding, "rule">[];
}

/** The place of a node, as a part of a finding. */
export function at({ line, column }: { readonly line: number; readonly column: number }): {
  readonly line: number;
  readonly column: number;
} {
  return { line, column };
}
