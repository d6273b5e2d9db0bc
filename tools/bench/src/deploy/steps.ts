/** A deployment that is measured: what is changed before it, and what is deployed. */
export interface Step {
  readonly name: string;
  readonly title: string;
  /** Which hosts get a new configuration right before the step. */
  readonly changes: "all" | "one" | "none";
  /** Which hosts the deployment is asked for. */
  readonly deploys: "all" | "one";
}

/** The life of a fleet in five deployments, in their order. */
export const steps: readonly Step[] = [
  { name: "first", title: "first deployment", changes: "all", deploys: "all" },
  { name: "all", title: "a change to all", changes: "all", deploys: "all" },
  { name: "one", title: "a change to one", changes: "one", deploys: "all" },
  { name: "named", title: "that one alone", changes: "one", deploys: "one" },
  { name: "unchanged", title: "nothing changed", changes: "none", deploys: "all" },
];

/** The hosts that "all", "one" and "none" stand for. */
export function chosenHosts(which: Step["changes"], hosts: readonly string[]): readonly string[] {
  switch (which) {
    case "all":
      return hosts;
    case "one":
      return hosts.slice(0, 1);
    case "none":
      return [];
  }
}
