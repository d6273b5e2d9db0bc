import { storePath } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { lockedRef } from "./locked-ref.ts";

const path = storePath("/nix/store/mwfz3hvqjlnpzbdgj1k3bwljmqijyzv9-source");
const narHash = "sha256-2arExmRNfycfPiU25gfIScjaBL2rZnE5v+jVQSDG/rY=";

describe("lockedRef", () => {
  it("encodes what a URL would read otherwise", () => {
    expect(lockedRef({ storePath: path, narHash })).toBe(
      `path:${path}?narHash=sha256-2arExmRNfycfPiU25gfIScjaBL2rZnE5v%2BjVQSDG%2FrY%3D`,
    );
  });

  it("carries the subdirectory and what git knows", () => {
    const url = new URL(
      lockedRef({
        storePath: path,
        narHash,
        subdirectory: "fleets/home & away",
        revision: "5854616f51ffcd6b3cd875328f301361e30c8533",
        revisionCount: 2,
        lastModified: 1795353045,
      }),
    );
    expect(url.pathname).toBe(path);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      narHash,
      dir: "fleets/home & away",
      rev: "5854616f51ffcd6b3cd875328f301361e30c8533",
      revCount: "2",
      lastModified: "1795353045",
    });
  });
});
