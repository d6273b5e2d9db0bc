import { describe, expect, it } from "vitest";

import { drvPath, isStorePath, storePath, storePathName } from "./store-path.ts";

const hash = "0c4lh2wvr5b9y3g1i8q7p6n5m4k3j2a1".replaceAll(/[eotu]/g, "z");

describe("store paths", () => {
  it.each([
    [`/nix/store/${hash}-hello-2.12`, true],
    [`/nix/store/${hash}-hello-2.12/bin`, false],
    [`/nix/store/${hash}`, false],
    [`/nix/store/${"e".repeat(32)}-x`, false],
    [`/nix/store/${hash}-a b`, false],
    [`-o ProxyCommand=x`, false],
  ])("%s: %s", (text, expected) => expect(isStorePath(text)).toBe(expected));

  it("takes only what it is", () => {
    const path = storePath(`/nix/store/${hash}-hello.drv`);
    expect(storePathName(path)).toBe("hello.drv");
    expect(drvPath(path)).toBe(path);
    expect(() => drvPath(`/nix/store/${hash}-hello`)).toThrow("not a derivation");
    expect(() => storePath("/etc/passwd")).toThrow('not a store path: "/etc/passwd"');
  });
});
