import type {
  BootChange,
  BootPartChange,
  ClosureDiff,
  CopyForecast,
  Finding,
  HostChangePlan,
  HostPlan,
  PackageChange,
  PackageChangeKind,
  ProfilePlan,
  UnitChanges,
} from "@flurry/deploy";

import { byteSize, count, shortPath } from "./measures.ts";

/** A sign for each kind of change, so that nothing is said by colour alone. */
export const packageSigns: Readonly<Record<PackageChangeKind, string>> = {
  upgraded: "↑",
  downgraded: "↓",
  changed: "±",
  added: "+",
  removed: "−",
  rebuilt: "=",
};

const kindWords: readonly (readonly [PackageChangeKind, string])[] = [
  ["upgraded", "up"],
  ["downgraded", "down"],
  ["changed", "changed"],
  ["added", "new"],
  ["removed", "gone"],
  ["rebuilt", "rebuilt"],
];

/** "2 up, 1 new"; what is only rebuilt is spoken of where there is nothing else. */
function packageCounts(packages: readonly Pick<PackageChange, "kind">[]): string {
  const parts = kindWords.flatMap(([kind, word]) => {
    const number = packages.filter((one) => one.kind === kind).length;
    return number === 0 || (kind === "rebuilt" && number < packages.length) ? [] : [`${number} ${word}`];
  });
  return parts.length === 0 ? "none" : parts.join(", ");
}

/** "+1.2 MB", "−30 kB", "±0". */
export function signedBytes(bytes: number): string {
  if (bytes === 0) return "±0";
  return `${bytes < 0 ? "−" : "+"}${byteSize(Math.abs(bytes))}`;
}

/** "1.26.1 → 1.26.2", "1.0", "1.22, 1.23". */
export function versionsText({ before, after }: Pick<PackageChange, "before" | "after">): string {
  const [old, young] = [before, after].map((versions) => versions.filter((version) => version !== "").join(", "));
  return [old, young].filter((text) => text !== "").join(" → ");
}

/** "524 MB (+12 MB)". */
export function closureText({ beforeBytes, afterBytes }: ClosureDiff): string {
  return `${byteSize(afterBytes)} (${signedBytes(afterBytes - beforeBytes)})`;
}

/** "34 paths, 14 MB". */
export function copyText({ paths, bytes }: CopyForecast): string {
  return paths === 0 ? "nothing" : `${count(paths, "path")}, ${byteSize(bytes)}`;
}

/** What would happen to units, by what happens; only what happens to any. */
export function unitGroups(units: UnitChanges): readonly (readonly [word: string, units: readonly string[]])[] {
  const { stop, restart, start, reload, skip, systemd } = units;
  const groups: readonly (readonly [string, readonly string[]])[] = [
    ["restart", systemd ? ["systemd itself", ...restart] : restart],
    ["start", start],
    ["stop", stop],
    ["reload", reload],
    ["left as is", skip],
  ];
  return groups.filter(([, names]) => names.length > 0);
}

/** "2 restart, 1 start"; units that are left as they are do not count. */
export function unitCounts(units: UnitChanges): string {
  const groups = unitGroups({ ...units, skip: [] }).map(([word, names]) => `${names.length} ${word}`);
  return groups.length === 0 ? "none" : groups.join(", ");
}

/** "yes: kernel, initrd", "no". */
export function rebootText({ rebootNeeded, parts }: BootChange): string {
  const causes = parts.map(({ part }) => part).filter((part) => part !== "systemd");
  return rebootNeeded ? `yes: ${causes.join(", ")}` : "no";
}

/** "kernel linux-6.6.31 → linux-6.6.32", "kernel-params (none) → quiet". */
export function bootPartText({ part, before, after }: BootPartChange): string {
  const shown = (text: string): string => (text === "" ? "(none)" : text);
  return before === after ? `${part} ${shown(before)} rebuilt` : `${part} ${shown(before)} → ${shown(after)}`;
}

/** What is not known for one reason. */
export interface UnknownGroup {
  readonly what: readonly string[];
  readonly why: string;
  readonly learn?: string;
}

/** Everything that is not known of a change, by the reason. */
export function unknownGroups({ packages, copy, boot, units }: HostChangePlan): readonly UnknownGroup[] {
  const findings = [
    ["packages and sizes", packages],
    ["what to copy", copy],
    ["reboot", boot],
    ["units", units],
  ] as const;
  const groups = new Map<string, UnknownGroup>();
  for (const [what, finding] of findings) {
    if (finding.status === "known") continue;
    const { why, learn } = finding;
    const key = JSON.stringify([why, learn]);
    const before = groups.get(key);
    const reason = learn === undefined ? { why } : { why, learn };
    groups.set(key, { what: [...(before?.what ?? []), what], ...reason });
  }
  return [...groups.values()];
}

/** The systems before and after, short: "5in9kj17 → m6qfzfig". */
export function systemsText({ current, wanted }: HostPlan): string {
  const systems = [current, wanted].filter((path) => path !== undefined).map(shortPath);
  return [...new Set(systems)].join(" → ");
}

/** What is known as a text, else `?`. */
export function orUnknown<T>(finding: Finding<T> | undefined, text: (value: T) => string): string {
  if (finding === undefined) return "";
  return finding.status === "known" ? text(finding.value) : "?";
}

/** The packages column: what is certain, else what the derivations give away, else `?`. */
export function packagesCell({ change }: HostPlan): string {
  if (change === undefined) return "";
  if (change.packages.status === "known") return packageCounts(change.packages.value.packages);
  const { forecast } = change;
  if (forecast === undefined) return "?";
  return forecast.packages.length === 0 ? "not built" : `${packageCounts(forecast.packages)}, or more`;
}

/** What changes beside the packages that are listed: those that are only rebuilt, and paths without a version. */
export function uncountedText({ packages, others }: Pick<ClosureDiff, "packages" | "others">): string {
  const rebuilt = packages.filter(({ kind }) => kind === "rebuilt").length;
  return [
    ...(rebuilt === 0 ? [] : [`${count(rebuilt, "package")} rebuilt in the same version`]),
    ...(others.length === 0 ? [] : [`${count(others.length, "file")} of the configuration`]),
  ].join(", ");
}

function profileText({ name, user, current, wanted }: ProfilePlan): string {
  return `profile ${name} of ${user} would change: ${current === undefined ? "none" : shortPath(current)} → ${shortPath(wanted)}`;
}

/** What else is to be said of a host: drift, a reboot that is due, a lock, errors. */
export function planRemarks({
  drift,
  current,
  profile,
  rebootDue,
  lockedBy,
  change,
  profiles = [],
  errors,
}: HostPlan): readonly string[] {
  const boots = profile === undefined ? "nothing known" : shortPath(profile);
  return [
    ...errors.map(({ message }) => message),
    ...(drift === "foreign" && current !== undefined
      ? [`drift: runs ${shortPath(current)}, which is neither what it boots (${boots}) nor what the flake says`]
      : []),
    ...(drift === "uncommitted" ? [`a reboot brings ${boots}`] : []),
    ...(rebootDue === true && change?.boot.status !== "known" ? ["a reboot is due already"] : []),
    ...(lockedBy === undefined ? [] : [`${lockedBy} is deploying to it`]),
    ...profiles.flatMap((one) => (one.change ? [profileText(one)] : [])),
  ];
}
