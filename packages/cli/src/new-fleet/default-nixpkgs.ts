/** A release of NixOS. */
export interface NixosRelease {
  /** `25.11` */
  readonly version: string;
  /** A flake reference of its branch. */
  readonly nixpkgs: string;
}

/**
 * The release of NixOS that is stable at a time. They come at the end of May (`.05`) and of November (`.11`); a month is
 * left for one that is late.
 */
export function stableRelease(now: Date): NixosRelease {
  const year = now.getUTCFullYear() % 100;
  const version = now.getUTCMonth() >= 6 ? `${twoDigits(year)}.05` : `${twoDigits(year - 1)}.11`;
  return { version, nixpkgs: `github:NixOS/nixpkgs/nixos-${version}` };
}

/** The release that a flake reference names by its branch; undefined for one that names none. */
export function releaseOf(nixpkgs: string): string | undefined {
  return /(?:nixos|release)-(\d\d\.\d\d)/.exec(nixpkgs)?.[1];
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
