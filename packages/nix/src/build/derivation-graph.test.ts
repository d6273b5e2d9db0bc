import { describe, expect, it } from "vitest";

import { inputsOf, reachable } from "./derivation-graph.ts";

const path = (name: string): string => `/nix/store/9hi7bqm9kw7rx5iby0wzyyyzgmiq0qfz-${name}`;

describe("the derivation graph", () => {
  it("is read from each shape of path-info", () => {
    const references = [path("b.drv"), path("source.tar.gz")];
    const expected = new Map([[path("a.drv"), [path("b.drv")]]]);
    expect(inputsOf(JSON.stringify([{ path: path("a.drv"), references }]))).toEqual(expected);
    expect(inputsOf(JSON.stringify({ [path("a.drv")]: { references } }))).toEqual(expected);
    const base = (text: string): string => text.slice("/nix/store/".length);
    const nested = { storeDir: "/nix/store", info: { [base(path("a.drv"))]: { references: references.map(base) } } };
    expect(inputsOf(JSON.stringify(nested))).toEqual(expected);
  });

  it("gives each derivation all that it needs, itself included", () => {
    const graph = new Map([
      ["a", ["b", "c"]],
      ["b", ["d"]],
      ["c", ["d"]],
      ["e", ["c"]],
    ]);
    expect([...reachable("a", graph)].toSorted()).toEqual(["a", "b", "c", "d"]);
    expect([...reachable("e", graph)].toSorted()).toEqual(["c", "d", "e"]);
    expect([...reachable("d", graph)]).toEqual(["d"]);
  });
});
