import type { HostStatus } from "@flurry/deploy";

import type { Colors } from "./colors.ts";
import { byteSize, nameList, shortPath, timeSpan } from "./measures.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

const head = ["host", "state", "gen", "system", "drift", "failed units", "uptime", "/nix free", "/ free", "remarks"];

const signs = {
  ok: { sign: "✓", color: "green" },
  drift: { sign: "≠", color: "yellow" },
  uncommitted: { sign: "!", color: "yellow" },
  deploying: { sign: "…", color: "cyan" },
  unknown: { sign: "·", color: "dim" },
  unreachable: { sign: "✗", color: "red" },
} as const satisfies Record<HostStatus["state"], { sign: string; color: keyof Colors }>;

// Below this share of free space the next deployment may not fit.
const tightShare = 0.1;

const shownKeys = 3;

/** What each host runs, one row each. */
export function renderStatus(statuses: readonly HostStatus[], view: TableView): string {
  return renderTable(
    head,
    statuses.map((status) => rowOf(status, view.colors)),
    view,
  );
}

function rowOf(status: HostStatus, colors: Colors): readonly Cell[] {
  const { host, state, generation, current, uptimeSeconds, failedUnits = [] } = status;
  const { sign, color } = signs[state];
  return [
    host,
    // What it should run was not asked for, or could not be told, which is said elsewhere.
    { text: `${sign} ${state === "unknown" ? "up" : state}`, color: colors[color] },
    generation === undefined ? "" : String(generation),
    current === undefined ? "" : shortPath(current),
    driftOf(status),
    { text: failedUnits.join(", "), color: colors.red },
    uptimeSeconds === undefined ? "" : timeSpan(uptimeSeconds * 1000),
    diskOf(status.storeFreeBytes, status.storeTotalBytes, colors),
    hasOneDisk(status) ? "" : diskOf(status.rootFreeBytes, status.rootTotalBytes, colors),
    remarksOf(status),
  ];
}

function driftOf({ current, wanted }: HostStatus): string {
  if (wanted === undefined) return "";
  return wanted === current ? "none" : `→ ${shortPath(wanted)}`;
}

/** Where the store lies on the root file system, what is free is said once. */
function hasOneDisk({ storeFreeBytes, storeTotalBytes, rootFreeBytes, rootTotalBytes }: HostStatus): boolean {
  return storeFreeBytes === rootFreeBytes && storeTotalBytes === rootTotalBytes;
}

function diskOf(free: number | undefined, total: number | undefined, colors: Colors): Cell {
  if (free === undefined) return "";
  if (total === undefined || total === 0) return byteSize(free);
  const text = `${byteSize(free)} (${Math.round((free / total) * 100)} %)`;
  return free / total < tightShare ? { text: `${text} !`, color: colors.yellow } : text;
}

function remarksOf(status: HostStatus): string {
  const { state, rebootNeeded, systemState, current, profileSystem, missingKeys = [], error } = status;
  return [
    ...(error === undefined ? [] : [error.message]),
    ...lockOf(status),
    ...(state === "uncommitted" && profileSystem !== undefined && profileSystem !== current
      ? [`a reboot brings ${shortPath(profileSystem)}`]
      : []),
    ...profilesOf(status),
    ...(missingKeys.length === 0 ? [] : [`without its keys ${nameList(missingKeys, shownKeys)} (flurry upload-keys)`]),
    ...(rebootNeeded === true ? ["reboot needed"] : []),
    ...(systemState === undefined || systemState === "running" || systemState === "degraded"
      ? []
      : [`systemd is ${systemState}`]),
  ].join("; ");
}

/** "profile notes drifts: 5in9kj17 → m6qfzfig"; profiles that are right are not spoken of. */
function profilesOf({ profiles = [] }: HostStatus): readonly string[] {
  return profiles.flatMap(({ name, state, current, wanted }) => {
    if (state === "absent") return [`profile ${name} is not there`];
    if (state !== "drift" || current === undefined || wanted === undefined) return [];
    return [`profile ${name} drifts: ${shortPath(current)} → ${shortPath(wanted)}`];
  });
}

function lockOf({ lockedBy, lockedSince, lockedStep }: HostStatus): readonly string[] {
  if (lockedBy === undefined) return [];
  const since = lockedSince === undefined ? "" : ` since ${new Date(lockedSince * 1000).toISOString()}`;
  return [`locked by ${lockedBy}${since}${lockedStep === undefined ? "" : ` (${lockedStep})`}`];
}
