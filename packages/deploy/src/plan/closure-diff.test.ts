import { storePath } from "@flurry/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { diffClosures } from "./closure-diff.ts";
import type { ClosurePath, PackageChangeKind } from "./closure-diff.ts";
import { parsePackageName } from "./package-name.ts";

const alphabet = "0123456789abcdfghijklmnpqrsvwxyz";

function path(name: string, hash = 0, narSize = 100): ClosurePath {
  const letter = alphabet[hash] ?? "0";
  return { path: storePath(`/nix/store/${letter.repeat(32)}-${name}`), narSize };
}

describe("parsePackageName", () => {
  it.each([
    ["nginx-1.26.2", "nginx", "1.26.2"],
    ["nginx-1.26.2-doc", "nginx", "1.26.2"],
    ["glibc-2.38-44-getent", "glibc", "2.38-44"],
    ["linux-6.6.32-modules", "linux", "6.6.32"],
    ["neovim-0.11.0-unstable", "neovim", "0.11.0-unstable"],
    ["python3.12-requests-2.32.3", "python3.12-requests", "2.32.3"],
    ["gtk+3-3.24", "gtk+3", "3.24"],
    ["unit-nginx.service", "unit-nginx.service", ""],
    ["etc-hosts", "etc-hosts", ""],
    ["openssl-bin", "openssl", ""],
    ["nixos-system-nas-24.11.20251122.abcdef1", "nixos-system-nas", "24.11.20251122.abcdef1"],
    ["etc", "etc", ""],
  ])("%s", (text, name, version) => expect(parsePackageName(text)).toEqual({ name, version }));
});

describe("diffClosures", () => {
  it.each<[PackageChangeKind, string, readonly ClosurePath[], readonly ClosurePath[]]>([
    ["added", "→ 3.3.0", [], [path("htop-3.3.0")]],
    ["removed", "3.3.0 →", [path("htop-3.3.0")], []],
    ["upgraded", "1.9.0 → 1.26.2", [path("nginx-1.9.0")], [path("nginx-1.26.2", 1)]],
    ["downgraded", "1.26.2 → 1.9.0", [path("nginx-1.26.2")], [path("nginx-1.9.0", 1)]],
    ["rebuilt", "→", [path("nginx-1.26.2")], [path("nginx-1.26.2", 1)]],
    ["changed", "→ 1.23", [path("go-1.22")], [path("go-1.22"), path("go-1.23", 1)]],
    ["upgraded", "1 → 3", [path("a-1"), path("a-2", 1)], [path("a-2", 1), path("a-3", 2)]],
  ])("%s: %s", (kind, versions, old, young) => {
    const found = diffClosures(old, young).packages.map((one) => [
      one.kind,
      `${one.before.join(", ")} → ${one.after.join(", ")}`.trim(),
    ]);
    expect(found).toEqual([[kind, versions]]);
  });

  it("keeps what has no version apart", () => {
    const diff = diffClosures([path("unit-a.service")], [path("unit-a.service", 1, 130), path("b-1")]);
    expect(diff.others).toEqual([{ name: "unit-a.service", kind: "rebuilt", before: [], after: [], bytes: 30 }]);
    expect(diff.packages.map(({ name }) => name)).toEqual(["b"]);
    expect([diff.beforeBytes, diff.afterBytes]).toEqual([100, 230]);
  });

  it("speaks of the system itself only when its version changes", () => {
    const system = (version: string, hash: number): readonly ClosurePath[] => [
      path(`nixos-system-nas-${version}`, hash),
    ];
    expect(diffClosures(system("24.11", 0), system("24.11", 1)).packages).toEqual([]);
    expect(diffClosures(system("24.11", 0), system("25.05", 1)).packages).toHaveLength(1);
  });

  it("counts the outputs of a package as one", () => {
    const outputs = (version: string, hash: number): readonly ClosurePath[] =>
      ["", "-bin", "-doc"].map((output, at) => path(`curl-${version}${output}`, hash + at));
    expect(diffClosures(outputs("8.1", 0), outputs("8.2", 3)).packages).toEqual([
      { name: "curl", kind: "upgraded", before: ["8.1"], after: ["8.2"], bytes: 0 },
    ]);
  });

  const closure = fc
    .uniqueArray(
      fc.record({
        name: fc.constantFrom("a", "b", "b-c", "lib-x.so", "unit-a.service"),
        version: fc.constantFrom("", "-1", "-1.2", "-1.10", "-2pre1", "-1.2-dev"),
        hash: fc.nat({ max: 31 }),
        size: fc.nat({ max: 1e9 }),
      }),
      { selector: ({ name, version, hash }) => `${name}${version}${hash}`, maxLength: 12 },
    )
    .map((all) => all.map(({ name, version, hash }) => path(`${name}${version}`, hash, hash * 1000)));

  it("finds nothing between a closure and itself", () => {
    fc.assert(
      fc.property(closure, (one) => {
        const { packages, others, beforeBytes, afterBytes } = diffClosures(one, one.toReversed());
        expect([...packages, ...others]).toEqual([]);
        expect(beforeBytes).toBe(afterBytes);
      }),
    );
  });

  it("accounts for every byte", () => {
    fc.assert(
      fc.property(closure, closure, (old, young) => {
        const { packages, others, beforeBytes, afterBytes } = diffClosures(old, young);
        const bytes = [...packages, ...others].reduce((sum, change) => sum + change.bytes, 0);
        expect(bytes).toBe(afterBytes - beforeBytes);
      }),
    );
  });

  it("says the opposite of the way back", () => {
    const opposite: Readonly<Record<PackageChangeKind, PackageChangeKind>> = {
      added: "removed",
      removed: "added",
      upgraded: "downgraded",
      downgraded: "upgraded",
      changed: "changed",
      rebuilt: "rebuilt",
    };
    fc.assert(
      fc.property(closure, closure, (old, young) => {
        const there = diffClosures(old, young);
        const back = diffClosures(young, old);
        const turned = back.packages.map(({ name, kind, before, after, bytes }) => ({
          name,
          kind: opposite[kind],
          before: after,
          after: before,
          bytes: 0 - bytes,
        }));
        expect(there.packages).toEqual(turned);
        expect(there.others.map(({ name }) => name)).toEqual(back.others.map(({ name }) => name));
      }),
    );
  });
});
