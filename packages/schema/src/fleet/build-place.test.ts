import { describe, expect, it } from "vitest";

import { buildPlace, checkBuildPlace } from "./build-place.ts";

describe("where a system is built", () => {
  it.each([
    ["local", { kind: "local" }],
    ["target", { kind: "target" }],
    ["big-host", { kind: "host", name: "big-host" }],
    ["ssh-ng://root@builder", { kind: "store", uri: "ssh-ng://root@builder" }],
    ["ssh://[fd00::1]?compress=true", { kind: "store", uri: "ssh://[fd00::1]?compress=true" }],
  ])("%s", (text, place) => {
    expect(checkBuildPlace(text)).toBeUndefined();
    expect(buildPlace(text)).toEqual(place);
  });

  it.each([
    "",
    "-oProxyCommand=x",
    "a b",
    "https://cache",
    "ssh-ng://-oProxyCommand=x",
    "ssh-ng://a b",
    "ssh-ng://'x'",
  ])("refuses %j", (text) => {
    expect(checkBuildPlace(text)?.message).toMatch(/no place to build|no store that builds/);
  });
});
