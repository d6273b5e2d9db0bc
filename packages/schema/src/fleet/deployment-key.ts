import { quoted } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";
import { hasControl } from "./flake-names.ts";
import { checkUserName } from "./names.ts";

/** When a key is brought to its host: before the new system is activated, or once it is. */
export type KeyTime = "pre-activation" | "post-activation";

/**
 * Where the value of a key comes from, on the deployer:
 * - `text`: the flake itself says it, so that whoever evaluates it has the value in the Nix store;
 * - `file`: a file, absolute or relative to the flake's directory;
 * - `command`: what a command prints. It is run without a shell.
 */
export type KeySource =
  | { readonly kind: "text" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "command"; readonly words: readonly [string, ...string[]] };

/** A file of a host that is no part of its system: Colmena's `deployment.keys`. The value is not in here. */
export interface DeploymentKey {
  /** What the flake calls it; its unit on the host is `<name>-key.service`. Unique on the host. */
  readonly name: string;
  /** The absolute path of the file on the host. */
  readonly path: string;
  readonly source: KeySource;
  /** The owner's name, or a number. */
  readonly user: string;
  /** The group's name, or a number. */
  readonly group: string;
  /** Three or four octal digits. */
  readonly mode: string;
  readonly uploadAt: KeyTime;
}

/** Why a text cannot be the name of a key or of its file, or undefined if it can. */
export function checkKeyName(name: string): Complaint | undefined {
  if (name !== "" && name !== "." && name !== ".." && !name.includes("/") && !hasControl(name) && name.length <= 200)
    return undefined;
  return { message: `${quoted(name)} is not the name of a key`, hint: "it is a file in destDir: give it a name alone" };
}

/** Why a text cannot be the path of a key on its host, or undefined if it can. */
export function checkKeyPath(path: string): Complaint | undefined {
  const parts = path.slice(1).split("/");
  const isPlain = path.startsWith("/") && !hasControl(path) && path.length <= 4000;
  if (!isPlain || parts.some((part) => part === "" || part === "." || part === ".."))
    return { message: `${quoted(path)} is not a path of a host`, hint: "write it from / on, without . and .. in it" };
  if (path === "/nix/store" || path.startsWith("/nix/store/"))
    return { message: `${quoted(path)} is in the Nix store, which everybody may read`, hint: "use /run/keys" };
  return undefined;
}

/** Why a text cannot be the mode of a key, or undefined if it can. */
export function checkKeyMode(mode: string): Complaint | undefined {
  if (/^[0-7]{3,4}$/.test(mode)) return undefined;
  return { message: `${quoted(mode)} is not a mode`, hint: 'write three or four octal digits: "0600"' };
}

/** Why a text cannot own a key as a user or group, or undefined if it can. */
export function checkKeyOwner(owner: string): Complaint | undefined {
  if (checkUserName(owner) === undefined) return undefined;
  return { message: `${quoted(owner)} is neither the name of a user or group nor a number` };
}
