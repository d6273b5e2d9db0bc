import { storePathName } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import { parsePackageName } from "./package-name.ts";
import { compareVersions, newest } from "./version-order.ts";

/** One path of a closure. */
export interface ClosurePath {
  readonly path: StorePath;
  /** Uncompressed bytes of the path alone. */
  readonly narSize: number;
}

/** How a package differs: `rebuilt` is the same version made from something else, `changed` any other difference of versions. */
export type PackageChangeKind = "added" | "removed" | "upgraded" | "downgraded" | "changed" | "rebuilt";

/** One package that two closures do not have in common; all outputs and versions of a name are one package. */
export interface PackageChange {
  readonly name: string;
  readonly kind: PackageChangeKind;
  /** The versions that only the old closure has, the oldest first; `""` is a path without a version. */
  readonly before: readonly string[];
  /** The versions that only the new closure has. */
  readonly after: readonly string[];
  /** Bytes that the new closure has more of it; negative when it has less. */
  readonly bytes: number;
}

/** What two closures do not have in common. */
export interface ClosureDiff {
  /** By name. */
  readonly packages: readonly PackageChange[];
  /** The same for paths without a version: configuration files, units, wrappers. */
  readonly others: readonly PackageChange[];
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/** Compares closures package by package, as `nix store diff-closures` does. Each path must be in a list only once. */
export function diffClosures(before: readonly ClosurePath[], after: readonly ClosurePath[]): ClosureDiff {
  const [old, young] = [byName(before), byName(after)];
  const names = [...new Set([...old.keys(), ...young.keys()])].sort();
  const groups = names.map((name): Group => ({ name, old: old.get(name) ?? [], young: young.get(name) ?? [] }));
  return {
    packages: groups.filter(isPackage).flatMap(changeOf),
    others: groups.filter((group) => !isPackage(group)).flatMap(changeOf),
    beforeBytes: bytesOf(before),
    afterBytes: bytesOf(after),
  };
}

interface Member extends ClosurePath {
  readonly version: string;
}

/** The paths of one name on both sides. */
interface Group {
  readonly name: string;
  readonly old: readonly Member[];
  readonly young: readonly Member[];
}

function isPackage({ name, old, young }: Group): boolean {
  const versions = new Set([...old, ...young].map(({ version }) => version));
  // The system itself is another one whenever anything changes; only its version is worth a line.
  if (name.startsWith("nixos-system-") && versions.size === 1) return false;
  return versions.size > 1 || !versions.has("");
}

function byName(paths: readonly ClosurePath[]): ReadonlyMap<string, readonly Member[]> {
  const groups = new Map<string, Member[]>();
  for (const one of paths) {
    const { name, version } = parsePackageName(storePathName(one.path));
    const group = groups.get(name) ?? [];
    group.push({ ...one, version });
    groups.set(name, group);
  }
  return groups;
}

function changeOf({ name, old, young }: Group): readonly PackageChange[] {
  const known = new Set(old.map(({ path }) => path));
  if (old.length === young.length && young.every(({ path }) => known.has(path))) return [];
  const before = versionsOf(old, young);
  const after = versionsOf(young, old);
  const bytes = bytesOf(young) - bytesOf(old);
  return [{ name, kind: kindOf({ old, young, before, after }), before, after, bytes }];
}

function versionsOf(members: readonly Member[], others: readonly Member[]): readonly string[] {
  const elsewhere = new Set(others.map(({ version }) => version));
  const own = new Set(members.map(({ version }) => version).filter((version) => !elsewhere.has(version)));
  return [...own].sort(compareVersions);
}

function kindOf(sides: {
  readonly old: readonly Member[];
  readonly young: readonly Member[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}): PackageChangeKind {
  if (sides.old.length === 0) return "added";
  if (sides.young.length === 0) return "removed";
  return kindOfVersions(sides.before, sides.after);
}

/** What it means that these versions of a package go and those come. */
export function kindOfVersions(before: readonly string[], after: readonly string[]): PackageChangeKind {
  if (before.length === 0 && after.length === 0) return "rebuilt";
  const [from, to] = [newest(before) ?? "", newest(after) ?? ""];
  // One version more or less of a package that stays is neither up nor down.
  const order = from === "" || to === "" ? 0 : compareVersions(from, to);
  return order < 0 ? "upgraded" : order > 0 ? "downgraded" : "changed";
}

function bytesOf(paths: readonly ClosurePath[]): number {
  return paths.reduce((sum, { narSize }) => sum + narSize, 0);
}
