import type { HostPlan } from "@flurry/deploy";

import { count } from "./measures.ts";
import { copyText, orUnknown, packagesCell, signedBytes, unitCounts } from "./plan-text.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

const head = ["host", "deployment", "packages", "size", "to copy", "reboot", "units"];

const looks = {
  none: { text: "= unchanged", color: "dim" },
  change: { text: "~ would change", color: "yellow" },
  unknown: { text: "? unknown", color: "red" },
} as const satisfies Record<HostPlan["status"], { text: string; color: string }>;

/** What a deployment would do, one row a host; the details are told below it. */
export function renderPlanTable(plans: readonly HostPlan[], view: TableView): string {
  const rows = plans.map((plan): readonly Cell[] => {
    const { text, color } = looks[plan.status];
    const { change } = plan;
    const reboot = orUnknown(change?.boot, ({ rebootNeeded }) => (rebootNeeded ? "yes" : "no"));
    return [
      plan.host,
      { text, color: view.colors[color] },
      packagesCell(plan),
      orUnknown(change?.packages, ({ beforeBytes, afterBytes }) => signedBytes(afterBytes - beforeBytes)),
      orUnknown(change?.copy, copyText),
      reboot === "yes" ? { text: reboot, color: view.colors.yellow } : reboot,
      orUnknown(change?.units, unitCounts),
    ];
  });
  return renderTable(head, rows, view);
}

/** "2 of 3 hosts would change, 1 of them needs a reboot; nothing was touched". */
export function planSummary(plans: readonly HostPlan[]): string {
  const changing = plans.filter(({ status }) => status === "change");
  const reboots = changing.filter(
    ({ change }) => change?.boot.status === "known" && change.boot.value.rebootNeeded,
  ).length;
  const reboot = reboots === 0 ? "" : `, ${reboots} of them ${reboots === 1 ? "needs" : "need"} a reboot`;
  return `${changing.length} of ${count(plans.length, "host")} would change${reboot}; nothing was activated`;
}
