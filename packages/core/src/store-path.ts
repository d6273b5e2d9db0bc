import { FlurryError } from "./errors.ts";

declare const storePathBrand: unique symbol;
declare const drvPathBrand: unique symbol;

/** An absolute path of one object in the Nix store: `/nix/store/<32 characters>-<name>`, nothing below it. */
export type StorePath = string & { readonly [storePathBrand]: true };

/** A {@link StorePath} that ends in `.drv`. */
export type DrvPath = StorePath & { readonly [drvPathBrand]: true };

// Nix's base-32 alphabet (no e, o, t, u) and the characters of a name: libstore/path.cc.
const pattern = /^\/nix\/store\/[0-9abcdfghijklmnpqrsvwxyz]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;

/** True when the text is the path of an object in the Nix store. */
export function isStorePath(text: string): text is StorePath {
  return pattern.test(text);
}

/**
 * Takes a text as a store path.
 *
 * @throws FlurryError FLURRY_STORE_PATH_INVALID
 */
export function storePath(text: string): StorePath {
  if (!isStorePath(text))
    throw new FlurryError("FLURRY_STORE_PATH_INVALID", `not a store path: ${JSON.stringify(text)}`);
  return text;
}

/**
 * Takes a text as the path of a derivation.
 *
 * @throws FlurryError FLURRY_STORE_PATH_INVALID
 */
export function drvPath(text: string): DrvPath {
  if (!text.endsWith(".drv"))
    throw new FlurryError("FLURRY_STORE_PATH_INVALID", `not a derivation: ${JSON.stringify(text)}`);
  return storePath(text) as DrvPath;
}

/** The name of a store path without its hash: `nixos-system-nas-25.05`. */
export function storePathName(path: StorePath): string {
  return path.slice("/nix/store/".length + 33);
}
