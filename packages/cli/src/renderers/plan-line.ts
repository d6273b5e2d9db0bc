import type { Colors } from "./colors.ts";
import { count, nameList } from "./measures.ts";

/** What a run is going to do. */
export interface Plan {
  /** "Deploying", "Building": the verb that begins the line. */
  readonly doing: string;
  readonly hosts: readonly string[];
  /** The flake as it was named. */
  readonly source: string;
  /** The user's home directory, which is shown as `~`. */
  readonly home?: string | undefined;
  readonly revision?: string;
  readonly dirty?: boolean;
  /** What follows, in a few words each: the goal, how many at a time. */
  readonly how: readonly string[];
}

const shownNames = 6;

/** "Deploying 3 hosts (nas, compute, gateway) from git+file:///fleet at 1a2b3c4: switch, 3 at a time". */
export function planLine(plan: Plan, colors: Colors): string {
  const { doing, hosts, source, home, revision, dirty, how } = plan;
  const shown = home !== undefined && source.startsWith(`${home}/`) ? `~${source.slice(home.length)}` : source;
  const at = revision === undefined ? "" : ` at ${revision.slice(0, 7)}`;
  const state = dirty === true ? " (uncommitted changes)" : "";
  const which = `${colors.bold(count(hosts.length, "host"))} (${nameList(hosts, shownNames)})`;
  return `${doing} ${which} from ${shown}${at}${state}${how.length === 0 ? "" : `: ${how.join(", ")}`}`;
}
