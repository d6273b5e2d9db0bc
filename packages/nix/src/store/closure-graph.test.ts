import { storePath } from "@flurry/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { closureGraph } from "./closure-graph.ts";
import type { PathInfo } from "./path-info.ts";

const pathOf = (index: number) => storePath(`/nix/store/${"0".repeat(32)}-p${index}`);

function infos(edges: readonly (readonly number[])[]): readonly PathInfo[] {
  return edges.map((targets, index) => ({ path: pathOf(index), narSize: index, references: targets.map(pathOf) }));
}

describe("the closure graph", () => {
  it("has what a path refers to, through others too, and the path itself", () => {
    const graph = closureGraph(infos([[1], [1, 2], [], [2]]));
    expect(graph.closureOf(pathOf(0)).map(({ narSize }) => narSize)).toEqual([0, 1, 2]);
    expect(graph.closureOf(pathOf(3)).map(({ narSize }) => narSize)).toEqual([2, 3]);
  });

  it("ends on cycles", () => {
    const graph = closureGraph(infos([[1], [0]]));
    expect(graph.closureOf(pathOf(1)).map(({ narSize }) => narSize)).toEqual([0, 1]);
  });

  it("refuses a path that it does not know", () => {
    expect(() => closureGraph([]).closureOf(pathOf(0))).toThrow(/was not read/);
  });

  it("is closed: whatever a member refers to is a member", () => {
    const edges = fc.array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(edges, fc.nat(11), (graph, start) => {
        const closure = closureGraph(infos(graph)).closureOf(pathOf(start));
        const members = new Set(closure.map(({ path }) => path));
        expect(members.has(pathOf(start))).toBe(true);
        expect(closure.flatMap(({ references }) => references).every((path) => members.has(path))).toBe(true);
      }),
    );
  });
});
