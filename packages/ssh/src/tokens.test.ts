import { describe, expect, it } from "vitest";

import { expandFileName, expandProxyCommand } from "./tokens.ts";
import type { TokenValues } from "./tokens.ts";

const values: TokenValues = {
  hostname: "nas.lan",
  port: 2222,
  user: "root",
  original: "nas",
  hostKeyAlias: undefined,
  proxyJump: undefined,
  local: { name: "joe", uid: 1000, home: "/home/joe", hostname: "laptop.lan" },
};

describe("expandFileName", () => {
  it.each([
    ["~/.ssh/id", "/home/joe/.ssh/id"],
    ["~", "/home/joe"],
    ["~other/x", "~other/x"],
    ["%d/%u/%r@%h:%p/%n/%i/%L/%l/%k/100%%", "/home/joe/joe/root@nas.lan:2222/nas/1000/laptop/laptop.lan/nas/100%"],
    ["${RUN}/a", "/run/me/a"],
  ])("expands %s", (name, expected) => {
    expect(expandFileName(name, values, { RUN: "/run/me" })).toBe(expected);
  });

  it.each(["%Z", "%", "a%", "${UNSET}"])("refuses %s", (name) => {
    expect(() => expandFileName(name, values, {})).toThrow(
      expect.objectContaining({ code: "FLURRY_SSH_CONFIG_INVALID" }),
    );
  });
});

it("expands in a ProxyCommand what OpenSSH does, once", () => {
  expect(expandProxyCommand("nc %h %p # %n %r %%h", values)).toBe("nc nas.lan 2222 # nas root %h");
  expect(() => expandProxyCommand("nc %d", values)).toThrow(
    expect.objectContaining({ code: "FLURRY_SSH_CONFIG_INVALID" }),
  );
});
