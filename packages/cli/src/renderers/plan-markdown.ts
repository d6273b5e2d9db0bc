import type { HostChangePlan, HostPlan } from "@flurry/deploy";

import { plainLine } from "./plain-text.ts";
import { planSummary } from "./plan-table.ts";
import {
  bootPartText,
  closureText,
  copyText,
  orUnknown,
  packageSigns,
  packagesCell,
  planRemarks,
  rebootText,
  signedBytes,
  systemsText,
  unitCounts,
  unitGroups,
  unknownGroups,
  versionsText,
} from "./plan-text.ts";

const words = { none: "unchanged", change: "**would change**", unknown: "unknown" } as const;
const head = ["host", "deployment", "packages", "closure", "to copy", "reboot", "units"];

// GitHub cuts comments at 65536 characters; a few hundred packages are more than anybody reads.
const shownPackages = 100;

/** The plan as a comment for a pull request, in GitHub's Markdown: a table, and what changes on each host to unfold. */
export function renderPlanMarkdown(plans: readonly HostPlan[], title: string): string {
  const rows = plans.map((plan) => {
    const { change } = plan;
    return [
      escaped(plan.host),
      words[plan.status],
      packagesCell(plan),
      orUnknown(change?.packages, closureText),
      orUnknown(change?.copy, copyText),
      orUnknown(change?.boot, rebootText),
      orUnknown(change?.units, unitCounts),
    ];
  });
  const remarks = plans.flatMap((plan) =>
    planRemarks(plan).map((text) => `- **${escaped(plan.host)}**: ${escaped(text)}`),
  );
  return [
    `### ${escaped(title)}`,
    "",
    `${planSummary(plans)}.`,
    "",
    ...[head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`),
    ...(remarks.length === 0 ? [] : ["", ...remarks]),
    ...plans.flatMap(hostBlock),
    "",
  ].join("\n");
}

function hostBlock(plan: HostPlan): readonly string[] {
  const { change } = plan;
  if (change === undefined) return [];
  return [
    "",
    `<details><summary><b>${escaped(plan.host)}</b>: ${escaped(systemsText(plan))}</summary>`,
    "",
    ...packageBlock(change),
    ...bulletsOf(change).map((text) => `- ${text}`),
    "",
    "</details>",
  ];
}

function packageBlock({ packages, forecast }: HostChangePlan): readonly string[] {
  const isKnown = packages.status === "known";
  const all = isKnown
    ? packages.value.packages.filter(({ kind }) => kind !== "rebuilt")
    : (forecast?.packages ?? []).map((one) => ({ ...one, bytes: 0 }));
  if (all.length === 0) return [];
  const rows = all.slice(0, shownPackages).map(({ name, kind, before, after, bytes }) => {
    const size = isKnown ? signedBytes(bytes) : "?";
    return `| ${packageSigns[kind]} | ${escaped(name)} | ${escaped(versionsText({ before, after }))} | ${size} |`;
  });
  const more = all.length - rows.length;
  return ["|  | package | version | size |", "| --- | --- | --- | ---: |", ...rows, ""].concat(
    more > 0 ? [`… and ${more} more packages`, ""] : [],
  );
}

function bulletsOf(change: HostChangePlan): readonly string[] {
  const { boot, units, build } = change;
  return [
    ...(build === undefined ? [] : [`to build: ${build.derivations} derivations`]),
    ...(boot.status === "known" ? boot.value.parts.map((part) => escaped(bootPartText(part))) : []),
    ...(units.status === "known"
      ? [
          ...unitGroups(units.value).map(([word, names]) => `${word}: ${names.map(code).join(", ")}`),
          ...units.value.remarks.map(escaped),
        ]
      : []),
    ...unknownGroups(change).map(({ what, why, learn }) => {
      const way = learn === undefined ? "" : ` (${escaped(learn)})`;
      return `not known: ${what.join(", ")}, because ${escaped(why)}${way}`;
    }),
  ];
}

/** A text on one line that is only text: no table cell, no HTML, no link, nobody mentioned. */
function escaped(text: string): string {
  return plainLine(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*_[\]|#~]/g, String.raw`\$&`)
    .replaceAll("@", "@<!-- -->");
}

function code(text: string): string {
  const plain = plainLine(text).replaceAll("|", String.raw`\|`);
  return plain.includes("`") ? escaped(plain) : `\`${plain}\``;
}
