import type { HostChangePlan, HostPlan } from "@flurry/deploy";

import { count } from "./measures.ts";
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
  uncountedText,
  unknownGroups,
  versionsText,
} from "./plan-text.ts";

const words = { change: "**would change**", unknown: "unknown" } as const;
const columns = ["host", "deployment", "packages", "closure", "to copy", "reboot", "units"];

// GitHub cuts comments at 65536 characters; a few hundred packages are more than anybody reads.
const shownPackages = 100;
const commentLimit = 60_000;

/** The plan as a comment for a pull request, in GitHub's Markdown: a table, and what changes on each host to unfold. */
export function renderPlanMarkdown(plans: readonly HostPlan[], title: string): string {
  const head = [`### ${escaped(title)}`, "", `${planSummary(plans)}.`, "", ...tableOf(plans), ...remarksOf(plans)].join(
    "\n",
  );
  return [head, ...blocksOf(plans, commentLimit - head.length), ""].join("\n");
}

/** Hosts that stay as they are have no row: what is of interest is what the change does. */
function tableOf(plans: readonly HostPlan[]): readonly string[] {
  const rows = plans.flatMap((plan) => {
    const { change, status } = plan;
    if (status === "none") return [];
    return [
      [
        escaped(plan.host),
        words[status],
        packagesCell(plan),
        orUnknown(change?.packages, closureText),
        orUnknown(change?.copy, copyText),
        orUnknown(change?.boot, rebootText),
        orUnknown(change?.units, unitCounts),
      ],
    ];
  });
  if (rows.length === 0) return [];
  return [columns, columns.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
}

function remarksOf(plans: readonly HostPlan[]): readonly string[] {
  const remarks = plans.flatMap((plan) =>
    planRemarks(plan).map((text) => `- **${escaped(plan.host)}**: ${escaped(text)}`),
  );
  return remarks.length === 0 ? [] : ["", ...remarks];
}

/** What changes, to unfold; hosts that change in the same way share a block. */
function blocksOf(plans: readonly HostPlan[], limit: number): readonly string[] {
  const groups = new Map<string, HostPlan[]>();
  for (const plan of plans)
    if (plan.change !== undefined) {
      const body = bodyOf(plan.change) || "- no package, no unit and no part of the boot changes";
      groups.set(body, [...(groups.get(body) ?? []), plan]);
    }
  const blocks = [...groups].map(([body, alike]) => {
    const names = alike.map(({ host }) => escaped(host)).join(", ");
    const [first, ...others] = alike;
    const about = first === undefined || others.length > 0 ? `${alike.length} hosts` : escaped(systemsText(first));
    return `\n<details><summary><b>${names}</b>: ${about}</summary>\n\n${body}\n\n</details>`;
  });
  return withinLimit(blocks, limit);
}

function withinLimit(blocks: readonly string[], limit: number): readonly string[] {
  let room = limit;
  const fitting = blocks.filter((block) => (room -= block.length) >= 0);
  const more = blocks.length - fitting.length;
  return more === 0 ? blocks : [...fitting, `\n… and more than fits in a comment: flurry plan says it all`];
}

function bodyOf(change: HostChangePlan): string {
  return [...packageBlock(change), ...bulletsOf(change).map((text) => `- ${text}`)].join("\n").trimEnd();
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
  const { boot, units, build, packages } = change;
  const uncounted = packages.status === "known" ? uncountedText(packages.value) : "";
  return [
    ...(uncounted === "" ? [] : [`also: ${uncounted}`]),
    ...(build === undefined ? [] : [`to build: ${count(build.derivations, "derivation")}`]),
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
