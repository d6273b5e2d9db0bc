import { FlurryError } from "@flurry/core";

import type { SopsFile } from "./document.ts";
import { keyName } from "./master-key.ts";
import { sameSelector } from "./selection.ts";
import type { Selector } from "./selection.ts";
import type { SopsFormat } from "./stores/store.ts";

/** What the caller knows about a file that the file itself does not prove. */
export interface SopsGuard {
  /** The selector that the file is to have; another one is refused, as it may have been exchanged. */
  readonly selector?: Selector;
  /** The names of the recipients that the file is to have, per group; see {@link keyName}. */
  readonly recipients?: readonly (readonly string[])[];
}

/** What every change of a file needs. */
export interface ChangeOptions {
  /** The time that is written as that of the change. */
  readonly now: Date;
  readonly guard?: SopsGuard;
}

/** @throws FlurryError FLURRY_SOPS_GUARD when the file is not as the caller knows it to be */
export function checkGuard({ metadata, file }: SopsFile, guard: SopsGuard = {}): void {
  const place = file === undefined ? {} : { place: { file } };
  if (guard.selector !== undefined && !sameSelector(guard.selector, metadata.selector)) {
    const { kind, pattern } = metadata.selector;
    throw new FlurryError(
      "FLURRY_SOPS_GUARD",
      `The file encrypts by ${kind} ${JSON.stringify(pattern)}, not as its policy says`,
      {
        ...place,
        hint: "Nothing authenticates the selector of a SOPS file. Find out who changed it before you write to it.",
      },
    );
  }
  if (guard.recipients === undefined) return;
  const stated = metadata.groups.map((group) => group.map(keyName).toSorted().join("\n")).join("\n\n");
  const wanted = guard.recipients.map((group) => group.toSorted().join("\n")).join("\n\n");
  if (stated === wanted) return;
  throw new FlurryError("FLURRY_SOPS_GUARD", "The file is keyed to other recipients than its policy says", {
    ...place,
    hint: "Nothing authenticates the recipients of a SOPS file. Rekey it before you write new values to it.",
  });
}

/**
 * Several groups without a number are refused: who writes two lists by accident locks everybody out.
 *
 * @throws FlurryError FLURRY_SOPS_SHAMIR_INVALID
 */
export function checkThreshold(groups: readonly unknown[], threshold: number | undefined): void {
  if (groups.length < 2 || threshold !== undefined) return;
  throw new FlurryError(
    "FLURRY_SOPS_SHAMIR_INVALID",
    `The file is to have ${groups.length} key groups and no threshold`,
    {
      hint: "Several groups mean that keys of several must come together. Say how many, or put all into one group.",
    },
  );
}

/**
 * The threshold as a file is to state it. Releases up to 3.10 read none in INI and dotenv files; where all groups are
 * needed it is left out there, which means the same to each release.
 */
export function statedThreshold(
  format: SopsFormat,
  { groups, threshold }: { readonly groups: readonly unknown[]; readonly threshold?: number | undefined },
): number | undefined {
  if (groups.length < 2) return undefined;
  return (format === "ini" || format === "dotenv") && threshold === groups.length ? undefined : threshold;
}
