import { quoted } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";
import type { DeployOptions } from "./deploy-options.ts";
import { checkHostName } from "./names.ts";

/** A package that a host gets beside its system, with a generation link and an activation script of its own. */
export interface Profile {
  /** Unique on its host; never `system`. */
  readonly name: string;
  /** Who owns the profile: it is set and activated as this user. */
  readonly user: string;
  /** Where its package stands in the flake: `["deploy", "nodes", "nas", "profiles", "notes", "path"]`. */
  readonly attrPath: readonly string[];
  /** Whether it is activated before the host's system or after it. */
  readonly phase: "before" | "after";
  /** The profile's link; absent is where deploy-rs has it for this user and name. */
  readonly profilePath?: string;
  /** Whether everything goes back when its activation fails. */
  readonly autoRollback: boolean;
  /** Whether it goes back when the host cannot be reached afterwards. */
  readonly magicRollback: boolean;
  /** How long its activation may take, in milliseconds. */
  readonly activationTimeoutMs: number;
}

/** What of a host's deployment holds for its profiles too. */
export type ProfileOptions = Pick<DeployOptions, "autoRollback" | "magicRollback" | "activationTimeoutMs">;

/** Why a text cannot be the name of a profile beside the system, or undefined if it can. */
export function checkProfileName(name: string): Complaint | undefined {
  if (name === "system")
    return { message: "system is the profile of the host's own configuration", hint: "choose another name" };
  const complaint = checkHostName(name);
  return complaint && { ...complaint, message: complaint.message.replace("a host name", "the name of a profile") };
}

/** Why a text cannot be the place of a profile's link, or undefined if it can. */
export function checkProfilePath(path: string): Complaint | undefined {
  const isPlain = /^(?:\/[A-Za-z0-9@_+=][A-Za-z0-9@_+=.-]*|\/\.[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/.test(path);
  if (isPlain && path.length <= 1000) return undefined;
  return {
    message: `${quoted(path)} is not the path of a profile`,
    hint: "write an absolute path of letters, digits, dots and dashes, for example /nix/var/nix/profiles/per-user/alice/notes",
  };
}

/**
 * The order in which profiles are activated: those that are listed first, then the system, then the others by name.
 *
 * @param listed - deploy-rs' `profilesOrder`; a name that comes twice counts where it comes first
 */
export function profilesInOrder(names: readonly string[], listed: readonly string[]): readonly string[] {
  const others = names.filter((name) => name !== "system").toSorted();
  return [...new Set([...listed, "system", ...others])].filter((name) => names.includes(name));
}
