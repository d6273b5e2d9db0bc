import type { LockedFlake } from "../flake/locked-flake.ts";
import { sourceInfo } from "../flake/source-info.ts";
import { lockedInputs } from "./lock-closure.ts";
import type { LockedInput } from "./lock-closure.ts";
import type { Mark } from "./mark.ts";
import { flakeFile, timesOpened } from "./reads.ts";
import type { Read, Reads } from "./reads.ts";
import { SourceView } from "./source-view.ts";

/**
 * Something that a host's evaluation depends on: a look at the source, an input with all it needs (`input`), a fact about
 * the source (`self`), which facts there are (`names`), or the whole source (`tree`).
 */
export interface Dependency {
  readonly kind: Read["kind"] | "input" | "self" | "names" | "tree";
  /** The path, the input or the fact; empty for `names` and `tree`. */
  readonly subject: string;
}

/** A dependency and what it was. */
export interface RecordedDependency extends Dependency {
  /** Equal texts mean that the evaluation could not tell the difference. */
  readonly value: string;
}

/** What each dependency is in one locked flake. */
export class FlakeState {
  readonly flake: LockedFlake;
  readonly view: SourceView;
  readonly #inputs: (name: string) => LockedInput;

  constructor(flake: LockedFlake) {
    this.flake = flake;
    this.view = new SourceView(flake.storePath);
    this.#inputs = lockedInputs(flake);
  }

  value({ kind, subject }: Dependency): string {
    switch (kind) {
      case "open":
      case "stat":
      case "lstat":
      case "real":
        return this.view.value({ kind, path: subject });
      case "input":
        return this.#inputs(subject).digest;
      case "self":
        return JSON.stringify(sourceInfo(this.flake)[subject]) ?? "missing";
      case "names":
        return Object.keys(sourceInfo(this.flake)).sort().join(" ");
      case "tree":
        return this.flake.narHash;
    }
  }

  /** True when an input is, or has in it, a directory of the source itself. */
  isRelativeInput(name: string): boolean {
    return this.#inputs(name).isRelative;
  }

  /** Puts down what dependencies are now. */
  record(dependencies: readonly Dependency[]): readonly RecordedDependency[] {
    return dependencies.map((each) => ({ ...each, value: this.value(each) }));
  }

  /** Those that are no longer what they were. */
  changed(recorded: readonly RecordedDependency[], limit = Infinity): readonly RecordedDependency[] {
    const changed: RecordedDependency[] = [];
    for (const each of recorded) {
      if (changed.length >= limit) break;
      if (this.value(each) !== each.value) changed.push(each);
    }
    return changed;
  }
}

/** What an evaluation that left these traces depends on. `reads` are undefined when nobody saw them. */
export function dependenciesOf(
  { reads, marks }: { readonly reads: Reads | undefined; readonly marks: readonly Mark[] },
  state: FlakeState,
): readonly Dependency[] {
  return unique([
    ...marks.flatMap((mark) => ofMark(mark)),
    ...(reads === undefined ? [wholeTree] : ofReads(reads, state.flake)),
    ...(marks.some(({ kind, name }) => kind === "input" && state.isRelativeInput(name))
      ? [wholeTree, ...everyFact(state)]
      : []),
  ]);
}

/** The dependency on each file of the source, whether it was read or not. */
export const wholeTree: Dependency = { kind: "tree", subject: "" };

function ofMark({ kind, name }: Mark): readonly Dependency[] {
  // Where the source lies depends on all of it. Whether that got anywhere is seen in the derivations.
  if (kind === "self" && name === "outPath") return [];
  return [{ kind, subject: name }];
}

function ofReads(reads: Reads, { subdirectory }: LockedFlake): readonly Dependency[] {
  const lock = flakeFile(subdirectory, "flake.lock");
  // Nix itself reads the lock file once; what matters of it are the inputs that were asked for.
  const isReadByNixAlone = timesOpened(reads, lock) <= 1;
  return reads
    .filter(({ kind, path }) => !(isReadByNixAlone && kind === "open" && path === lock))
    .map(({ kind, path }) => ({ kind, subject: path }));
}

/**
 * All facts about the source beside its hash, which is that of the whole tree: an input within the source has them as its
 * own, and nobody marks those.
 */
export function everyFact({ flake }: FlakeState): readonly Dependency[] {
  const facts = Object.keys(sourceInfo(flake)).filter((name) => name !== "narHash");
  return [{ kind: "names", subject: "" }, ...facts.map((subject) => ({ kind: "self", subject }) as const)];
}

/** The dependencies without repetitions. */
export function unique(dependencies: readonly Dependency[]): readonly Dependency[] {
  return [...new Map(dependencies.map((each) => [`${each.kind}\0${each.subject}`, each])).values()];
}
