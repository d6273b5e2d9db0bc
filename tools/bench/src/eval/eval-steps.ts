/** A state of a fleet in which its hosts are evaluated. */
export interface EvalStep {
  readonly name: "cold" | "unchanged" | "readme" | "commit" | "one" | "shared";
  readonly title: string;
}

/** An afternoon's work on a fleet, in its order. */
export const evalSteps: readonly EvalStep[] = [
  { name: "cold", title: "first" },
  { name: "unchanged", title: "nothing changed" },
  { name: "readme", title: "README edited" },
  { name: "commit", title: "that committed" },
  { name: "one", title: "one host edited" },
  { name: "shared", title: "shared module edited" },
];
