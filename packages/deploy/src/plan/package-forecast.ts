import { storePathName } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import { kindOfVersions } from "./closure-diff.ts";
import type { PackageChange } from "./closure-diff.ts";
import { parsePackageName, splitVersion } from "./package-name.ts";
import { compareVersions } from "./version-order.ts";

/** What can be told of a system that is not built: which of the packages that run now it is made from in another version. */
export interface PackageForecast {
  /**
   * Packages that run now and have another version in what the new system is built from. Without sizes. What is new or
   * gone cannot be told: most of what a system is built from is not part of it.
   */
  readonly packages: readonly Omit<PackageChange, "bytes">[];
}

/**
 * Compares what runs now with the derivations that the new system is made from.
 *
 * @param closure - the paths of the closure that runs now
 * @param derivations - the paths of all derivations that the new system needs to be built, itself included
 */
export function forecastPackages(closure: readonly StorePath[], derivations: Iterable<string>): PackageForecast {
  const running = versionsByName(closure.map((path) => parsePackageName(storePathName(path))));
  const coming = versionsByName([...derivations].map(derivationName));
  const packages = [...running]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, versions]) => {
      const built = coming.get(name);
      if (built === undefined) return [];
      const before = [...versions].filter((version) => !built.has(version)).sort(compareVersions);
      if (before.length === 0) return [];
      const after = [...built].filter((version) => !versions.has(version)).sort(compareVersions);
      return after.length === 0 ? [] : [{ name, kind: kindOfVersions(before, after), before, after }];
    });
  return { packages };
}

function derivationName(path: string): { readonly name: string; readonly version: string } {
  return splitVersion(path.replace(/^.*\/[^/-]+-/, "").replace(/\.drv$/, ""));
}

function versionsByName(
  packages: readonly { readonly name: string; readonly version: string }[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { name, version } of packages)
    if (version !== "") found.set(name, (found.get(name) ?? new Set()).add(version));
  return found;
}
