import { describe, expect, it } from "vitest";

import { nearestName } from "./nearest-name.ts";

describe("nearestName", () => {
  it.each([
    ["adress", ["address", "tags"], "address"],
    ["Gatway", ["nas", "gateway"], "gateway"],
    ["nas", ["nas2"], "nas2"],
    ["x", ["completely", "different"], undefined],
    ["compute", [], undefined],
    ["nsa", ["nas", "gateway"], "nas"],
  ])("%s among %j is %s", (word, names, expected) => expect(nearestName(word, names)).toBe(expected));
});
