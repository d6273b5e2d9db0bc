import { describe, expect, it } from "vitest";

import { parseDeployTarget } from "./deploy-target.ts";

describe("parseDeployTarget", () => {
  it.each([
    [".", { flake: "." }],
    ["..", { flake: ".." }],
    ["./infra", { flake: "./infra" }],
    ["/etc/nixos", { flake: "/etc/nixos" }],
    ["github:o/r", { flake: "github:o/r" }],
    [".#", { flake: "." }],
    [".#nas", { flake: ".", host: "nas" }],
    ["#nas", { flake: ".", host: "nas" }],
    [".#nas.system", { flake: ".", host: "nas", profile: "system" }],
    ["./path#nas", { flake: "./path", host: "nas" }],
    ["github:o/r/main#nas", { flake: "github:o/r/main", host: "nas" }],
    ['.#"my.host"', { flake: ".", host: "my.host" }],
    ['.#"my.host"."my.profile"', { flake: ".", host: "my.host", profile: "my.profile" }],
  ])("%s", (text, target) => expect(parseDeployTarget(text)).toEqual({ status: "target", target }));

  it.each(["nas", "edge-*", "@web", "!nas", "a.b", ".hidden", "nas,compute"])("%s is a selector", (text) =>
    expect(parseDeployTarget(text)).toEqual({ status: "other" }),
  );

  it.each([
    [".#nas.", 6],
    [".#.system", 2],
    [".#nas.system.more", 2],
    [".#n@s", 3],
    ['.#"nas', 2],
    ['.#""', 2],
    ["-x#nas", 0],
    ["a b#nas", 0],
  ])("%s is wrong at %d", (text, position) =>
    expect(parseDeployTarget(text)).toMatchObject({ status: "invalid", position }),
  );
});
