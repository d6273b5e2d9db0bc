import { quoted } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";
import { checkHostName } from "./names.ts";

/** Where the system of a host is built. */
export type BuildPlace =
  /** By this machine's Nix, which may have remote builders of its own. */
  | { readonly kind: "local" }
  /** On the host itself. */
  | { readonly kind: "target" }
  /** On another host of the fleet, from where the result comes through this machine. */
  | { readonly kind: "host"; readonly name: string }
  /** In another store that builds: `ssh-ng://root@builder`. */
  | { readonly kind: "store"; readonly uri: string };

/** Why a text does not say where to build, or undefined if it does. */
export function checkBuildPlace(text: string): Complaint | undefined {
  if (text.includes("://")) return checkStore(text);
  if (checkHostName(text) === undefined) return undefined;
  return {
    message: `${quoted(text)} is no place to build`,
    hint: "write local, target, the name of a host, or a store such as ssh-ng://root@builder",
  };
}

/** Reads what {@link checkBuildPlace} has nothing against. */
export function buildPlace(text: string): BuildPlace {
  if (text === "local" || text === "target") return { kind: text };
  return text.includes("://") ? { kind: "store", uri: text } : { kind: "host", name: text };
}

function checkStore(uri: string): Complaint | undefined {
  if (/^ssh(?:-ng)?:\/\/[A-Za-z0-9_[][^\s'"\\]*$/.test(uri)) return undefined;
  return {
    message: `${quoted(uri)} is no store that builds`,
    hint: "write ssh-ng://user@machine",
  };
}
