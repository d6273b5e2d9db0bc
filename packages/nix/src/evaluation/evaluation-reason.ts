import type { RecordedDependency } from "./dependency.ts";
import type { Doubt } from "./evaluation-record.ts";

/** Why a host was evaluated. */
export type EvaluationReason =
  /** Nothing is remembered of it: its first evaluation here, or one after flake.nix, Nix or its settings changed. */
  | { readonly kind: "new" }
  /** A file or directory of the source that it reads; relative to the source. */
  | { readonly kind: "file"; readonly path: string }
  /** An input of the flake. */
  | { readonly kind: "input"; readonly name: string }
  /** A fact about the source: `rev`, `lastModified`. Without a name: which facts there are (clean or not). */
  | { readonly kind: "self"; readonly name?: string }
  /** It depends on the whole source, and something in that changed; `doubts` say why it does. */
  | { readonly kind: "tree"; readonly doubts: readonly Doubt[] }
  /** Its derivation was collected as garbage. */
  | { readonly kind: "collected" }
  /** Its proof failed: what was remembered was not all that it depends on. */
  | { readonly kind: "refuted" }
  /** The caller asked for it, or there is no cache. */
  | { readonly kind: "asked" };

/** What a changed dependency says to people. */
export function reasonOf({ kind, subject }: RecordedDependency, doubts: readonly Doubt[]): EvaluationReason {
  switch (kind) {
    case "open":
    case "stat":
    case "lstat":
    case "real":
      return { kind: "file", path: subject === "" ? "." : subject.slice(1) };
    case "input":
      return { kind: "input", name: subject };
    case "self":
      return { kind: "self", name: subject };
    case "names":
      return { kind: "self" };
    case "tree":
      return { kind: "tree", doubts };
  }
}

/** A reason as half a sentence: "modules/web.nix changed". */
export function reasonText(reason: EvaluationReason): string {
  switch (reason.kind) {
    case "new":
      return "not evaluated before";
    case "file":
      return `${reason.path} changed`;
    case "input":
      return `the input ${reason.name} changed`;
    case "self":
      return reason.name === undefined ? "the tree became clean or dirty" : `self.${reason.name} changed`;
    case "tree":
      return `the source changed, all of which counts: ${reason.doubts.map(doubtText).join(", ")}`;
    case "collected":
      return "its derivation was collected as garbage";
    case "refuted":
      return "its proof failed";
    case "asked":
      return "asked for";
  }
}

/** A doubt as half a sentence. */
export function doubtText(doubt: Doubt): string {
  switch (doubt) {
    case "unseen":
      return "what it reads was not seen";
    case "leak":
      return "its derivations hold the path of the source";
    case "import-from-derivation":
      return "it imports from derivations";
    case "hash":
      return "the flake hashes texts";
    case "relative-input":
      return "an input is a directory of the source";
    case "refuted":
      return "a proof failed earlier";
  }
}

/** The reasons without repetitions: a file may have been looked at in several ways. */
export function uniqueReasons(reasons: readonly EvaluationReason[]): readonly EvaluationReason[] {
  return [...new Map(reasons.map((reason) => [JSON.stringify(reason), reason])).values()];
}
