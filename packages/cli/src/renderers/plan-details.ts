import type { ClosureDiff, Finding, HostChangePlan, HostPlan, PackageChange, UnitChanges } from "@flurry/deploy";

import type { Colors } from "./colors.ts";
import { byteSize, count } from "./measures.ts";
import { plainLine } from "./plain-text.ts";
import {
  bootPartText,
  copyText,
  packageSigns,
  planRemarks,
  rebootText,
  signedBytes,
  systemsText,
  unitGroups,
  uncountedText,
  unknownGroups,
  versionsText,
} from "./plan-text.ts";
import { padEnd, padStart, widest } from "./width.ts";

/** How details are shown. */
export interface PlanDetailsView {
  readonly colors: Colors;
  /** Show every package, also those that are only rebuilt. */
  readonly verbose: boolean;
}

interface Section {
  readonly label: string;
  readonly lines: readonly string[];
}

const shownPackages = 20;
const labelWidth = 10;

/**
 * All that is known of what a deployment would do to hosts, what else is to be said of them, and how to know what is not
 * known. Hosts of which the same is to be said share a block; hosts of which nothing is to be said have none.
 *
 * @returns blocks of lines, each ended by a line feed
 */
export function renderPlanDetails(plans: readonly HostPlan[], view: PlanDetailsView): readonly string[] {
  const blocks = new Map<string, HostPlan[]>();
  for (const plan of plans) {
    const body = bodyOf(plan, view);
    if (body !== "") blocks.set(body, [...(blocks.get(body) ?? []), plan]);
  }
  return [...blocks].map(([body, alike]) => `${titleOf(alike, view)}\n${body}\n`);
}

function titleOf(plans: readonly HostPlan[], { colors }: PlanDetailsView): string {
  const [first, ...others] = plans;
  const names = colors.bold(plans.map(({ host }) => plainLine(host)).join(", "));
  if (first === undefined || others.length > 0) return `${names}  (${plans.length} hosts)`;
  const now = first.generation === undefined ? "" : `, now generation ${first.generation}`;
  return `${names}  ${systemsText(first)}${now}`;
}

function bodyOf(plan: HostPlan, view: PlanDetailsView): string {
  const { change } = plan;
  const { colors } = view;
  const sections = [
    ...planRemarks(plan).map((text) => ({ label: "!", lines: [colors.yellow(plainLine(text))] })),
    ...(change === undefined ? [] : sectionsOf(change, view)),
  ];
  const lines = sections.flatMap(({ label, lines: texts }) =>
    texts.map((text, at) => `  ${colors.dim(padEnd(at === 0 ? label : "", labelWidth))} ${text}`.trimEnd()),
  );
  return lines.join("\n");
}

function sectionsOf(change: HostChangePlan, view: PlanDetailsView): readonly Section[] {
  const { packages, copy, boot, units, build } = change;
  return [
    ...packageSections(change, view),
    ...known(packages, (diff) => [{ label: "closure", lines: [closureLine(diff)] }]),
    ...(build === undefined ? [] : [{ label: "to build", lines: [buildLine(build)] }]),
    ...known(copy, (value) => [{ label: "to copy", lines: [copyText(value)] }]),
    ...known(boot, (value) => [
      { label: "reboot", lines: [rebootText(value), ...value.parts.map(bootPartText)].map(plainLine) },
    ]),
    ...known(units, unitSections),
    ...unknownSections(change, view.colors),
  ];
}

function known<T>(finding: Finding<T>, sections: (value: T) => readonly Section[]): readonly Section[] {
  return finding.status === "known" ? sections(finding.value) : [];
}

function unitSections(units: UnitChanges): readonly Section[] {
  const groups = unitGroups(units).map(([label, names]) => ({ label, lines: [plainLine(names.join(", "))] }));
  return [
    ...(groups.length === 0 ? [{ label: "units", lines: ["none is touched"] }] : groups),
    ...(units.remarks.length === 0 ? [] : [{ label: "also", lines: units.remarks.map(plainLine) }]),
  ];
}

/** What is not known, each reason once, and how to learn it. */
function unknownSections(change: HostChangePlan, colors: Colors): readonly Section[] {
  const lines = unknownGroups(change).map(({ what, why, learn }) => {
    const way = learn === undefined ? "" : colors.cyan(` (${plainLine(learn)})`);
    return `${what.join(", ")}: ${plainLine(why)}${way}`;
  });
  return lines.length === 0 ? [] : [{ label: "not known", lines }];
}

function packageSections(change: HostChangePlan, view: PlanDetailsView): readonly Section[] {
  const lines = packageLines(change, view);
  return lines.length === 0 ? [] : [{ label: "packages", lines }];
}

function packageLines({ packages, forecast }: HostChangePlan, { colors, verbose }: PlanDetailsView): readonly string[] {
  if (packages.status === "unknown") {
    const guesses = forecast?.packages.map((one) => ({ ...one, bytes: 0 })) ?? [];
    const lines = table(verbose ? guesses : guesses.slice(0, shownPackages), colors);
    const more = moreLine(guesses.length - lines.length);
    return guesses.length === 0 ? [] : ["by what it is built from, without what is new or gone:", ...lines, ...more];
  }
  const { packages: all, others } = packages.value;
  const telling = verbose ? all : all.filter(({ kind }) => kind !== "rebuilt");
  const shown = verbose ? telling : telling.slice(0, shownPackages);
  const rest = uncountedText({ packages: verbose ? [] : all, others });
  const lines = [...table(shown, colors), ...moreLine(telling.length - shown.length), ...(rest === "" ? [] : [rest])];
  return lines.length === 0 ? ["none"] : lines;
}

function moreLine(number: number): readonly string[] {
  return number <= 0 ? [] : [`… and ${number} more (-v shows all)`];
}

function table(packages: readonly PackageChange[], colors: Colors): readonly string[] {
  const names = widest(
    packages.map(({ name }) => name),
    40,
  );
  const versions = widest(packages.map(versionsText), 40);
  return packages.map(({ name, kind, before, after, bytes }) => {
    const text = `${packageSigns[kind]} ${padEnd(name, names)}  ${padEnd(versionsText({ before, after }), versions)}`;
    const size = bytes === 0 ? "" : `  ${padStart(signedBytes(bytes), 8)}`;
    const color =
      kind === "removed" || kind === "downgraded" ? colors.red : kind === "rebuilt" ? colors.dim : colors.green;
    return `${color(text)}${colors.dim(size)}`.trimEnd();
  });
}

function closureLine({ beforeBytes, afterBytes }: ClosureDiff): string {
  return `${byteSize(beforeBytes)} → ${byteSize(afterBytes)} (${signedBytes(afterBytes - beforeBytes)})`;
}

function buildLine({ derivations, fetchPaths, fetchBytes }: NonNullable<HostChangePlan["build"]>): string {
  const fetch = fetchPaths === 0 ? "" : `; ${count(fetchPaths, "path")} to fetch, ${byteSize(fetchBytes)}`;
  return `${count(derivations, "derivation")}${fetch}`;
}
