import type { FlurryErrorJson } from "@flurry/core";
import { isActivation } from "@flurry/deploy";
import type { Goal, HostStatus } from "@flurry/deploy";

import { count, shortPath } from "./measures.ts";
import { renderTable } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

/** What a deployment would do to one host. */
export interface Preview {
  readonly host: string;
  /** `unknown`: the host could not be asked, or its configuration does not evaluate. */
  readonly change: "none" | "change" | "unknown";
  /** The store path that a deployment would replace. */
  readonly before?: string;
  /** The store path that it would put in its place. */
  readonly after?: string;
  /** The profiles beside the system that it would change. */
  readonly profiles?: readonly string[];
  readonly error?: FlurryErrorJson;
}

/** What a deployment would do to a host. */
export function previewOf(status: HostStatus, goal: Goal): Preview {
  const { host, current, profileSystem, wanted, error } = status;
  // Only the boot default is touched by `boot`; `switch` is done when both are the wanted system.
  const before = goal === "boot" ? profileSystem : current;
  const known = {
    ...(before === undefined ? {} : { before }),
    ...(wanted === undefined ? {} : { after: wanted }),
    ...(error === undefined ? {} : { error }),
  };
  const profiles = changingProfiles(status, goal);
  if (before !== undefined && profiles.length > 0) return { host, change: "change", ...known, profiles };
  if (before === undefined || wanted === undefined) return { host, change: "unknown", ...known };
  if (!isActivation(goal)) return { host, change: "none", ...known };
  const settled = before === wanted && (goal !== "switch" || profileSystem === undefined || profileSystem === wanted);
  return { host, change: settled ? "none" : "change", ...known };
}

function changingProfiles({ profiles = [] }: HostStatus, goal: Goal): readonly string[] {
  // A test leaves them alone.
  if (!isActivation(goal) || goal === "test") return [];
  return profiles.flatMap(({ name, state }) => (state === "drift" || state === "absent" ? [name] : []));
}

const looks = {
  none: { text: "= unchanged", color: "dim" },
  change: { text: "~ would change", color: "yellow" },
  unknown: { text: "? unknown", color: "red" },
} as const;

/** What a deployment would do, one row a host, and a line that sums up. */
export function renderPreview(previews: readonly Preview[], view: TableView): string {
  const rows = previews.map(({ host, change, before, after, profiles = [] }) => {
    const { text, color } = looks[change];
    const systems = [before, after].filter((path) => path !== undefined).map(shortPath);
    const more = profiles.length === 0 ? "" : ` and ${profiles.join(", ")}`;
    return [host, { text, color: view.colors[color] }, `${[...new Set(systems)].join(" → ")}${more}`];
  });
  const changing = previews.filter(({ change }) => change === "change").length;
  const sum = `${changing} of ${count(previews.length, "host")} would change; nothing was touched\n`;
  return `${renderTable(["host", "deployment", "system"], rows, view)}${sum}`;
}
