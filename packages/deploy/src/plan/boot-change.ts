import { isStorePath, storePathName } from "@flurry/core";

/** What only a boot, or systemd executing itself again, can replace. */
export const bootParts = ["kernel", "initrd", "kernel-modules", "kernel-params", "systemd"] as const;

/** See {@link bootParts}. */
export type BootPart = (typeof bootParts)[number];

/** The parts of one system: the file that each leads to, for `kernel-params` the words. Parts that a system lacks are missing. */
export type BootFiles = Readonly<Partial<Record<BootPart, string>>>;

/** One part that a system has and another has not. */
export interface BootPartChange {
  readonly part: BootPart;
  /** The package in the store, for example `linux-6.6.32`; for `kernel-params` the words. */
  readonly before: string;
  readonly after: string;
}

/** What a new system means for the next boot. */
export interface BootChange {
  /** The host has to boot before it runs all of the new system. */
  readonly rebootNeeded: boolean;
  /** What differs from the system that was booted, in the order of {@link bootParts}. */
  readonly parts: readonly BootPartChange[];
}

// systemd replaces itself while it runs; everything else comes from the boot loader.
const replacedLive: ReadonlySet<BootPart> = new Set<BootPart>(["systemd"]);

/** Compares what was booted with what is to run. A part that one of the two systems does not have is not compared. */
export function bootChange(booted: BootFiles, wanted: BootFiles): BootChange {
  const parts = bootParts.flatMap((part): readonly BootPartChange[] => {
    const [before, after] = [booted[part], wanted[part]];
    if (before === undefined || after === undefined || before === after) return [];
    return [{ part, before: nameOf(before), after: nameOf(after) }];
  });
  return { rebootNeeded: parts.some(({ part }) => !replacedLive.has(part)), parts };
}

/** The name of the package that a file belongs to, with nothing of its hash. */
function nameOf(file: string): string {
  const path = /^\/nix\/store\/[^/]+/.exec(file)?.[0];
  return path !== undefined && isStorePath(path) ? storePathName(path) : file;
}
