import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { checkHostName, checkPort, checkUserName, formatJumpHosts, parseJumpHosts } from "./names.ts";

const hostile = [
  "",
  " ",
  "-",
  "-oProxyCommand=touch /tmp/x",
  "--",
  "a b",
  "a\tb",
  "a\nb",
  "a\0b",
  "$(id)",
  "`id`",
  "a;id",
  "a|id",
  "a&id",
  "a>b",
  "a'b",
  'a"b',
  "a\\b",
  "a{b}",
  "*",
  "a?b",
  "!a",
  "#a",
  "~a",
  "%h",
  "a,b",
  "a/b",
  "münchen.example",
  "a\u202Eb",
];

describe("checkHostName", () => {
  it.each([
    ...hostile,
    "user@host",
    "host:22",
    "[::1]:22",
    "[host]",
    "fe80::1%",
    "fe80::1%-x",
    "fe80::1%a;b",
    "host-",
    ".host",
  ])("refuses %j", (name) => {
    expect(() => checkHostName(name)).toThrow(expect.objectContaining({ code: "FLURRY_SSH_UNSAFE_NAME" }));
  });

  it.each([
    ["nas", "nas"],
    ["nas.home_lan.example.", "nas.home_lan.example."],
    ["10.0.20.10", "10.0.20.10"],
    ["::1", "::1"],
    ["[fd00::1]", "fd00::1"],
    ["fe80::1%eth0", "fe80::1%eth0"],
    ["xn--mnchen-3ya.example", "xn--mnchen-3ya.example"],
  ])("takes %j", (name, expected) => {
    expect(checkHostName(name)).toBe(expected);
  });

  it("never lets an option or a shell's special character through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        let name: string;
        try {
          name = checkHostName(text);
        } catch {
          return;
        }
        expect(name).toMatch(/^[A-Za-z0-9_:][A-Za-z0-9_.:%-]*$/);
      }),
    );
  });
});

describe("checkUserName", () => {
  it.each([...hostile, "joe@host", "-l"])("refuses %j", (name) => {
    expect(() => checkUserName(name)).toThrow(expect.objectContaining({ code: "FLURRY_SSH_UNSAFE_NAME" }));
  });

  it.each(["root", "joe.smith", "_nix", "nix-deploy", "7up"])("takes %j", (name) => {
    expect(checkUserName(name)).toBe(name);
  });
});

it.each([0, -1, 65_536, 1.5, Number.NaN])("refuses the port %d", (port) => {
  expect(() => checkPort(port)).toThrow(expect.objectContaining({ code: "FLURRY_SSH_CONFIG_INVALID" }));
});

describe("parseJumpHosts", () => {
  it.each([
    ["bastion", [{ host: "bastion" }]],
    ["joe@bastion:2222", [{ user: "joe", host: "bastion", port: 2222 }]],
    ["ssh://joe@bastion:22", [{ user: "joe", host: "bastion", port: 22 }]],
    ["root@[10.0.0.1]:2200", [{ user: "root", host: "10.0.0.1", port: 2200 }]],
    ["[::1]:22,::1", [{ host: "::1", port: 22 }, { host: "::1" }]],
    ["a, b", [{ host: "a" }, { host: "b" }]],
    ["none", []],
  ])("reads %j", (text, expected) => {
    expect(parseJumpHosts(text)).toEqual(expected);
    expect(parseJumpHosts(formatJumpHosts(expected) || "none")).toEqual(expected);
  });

  it.each(["", "a,", "-x", "joe@", "joe@-x", "-l@host", "host:99999", "a b", "host:x", "$(id)@h"])(
    "refuses %j",
    (text) => {
      expect(() => parseJumpHosts(text)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^FLURRY_SSH_(?:UNSAFE_NAME|CONFIG_INVALID)$/) }),
      );
    },
  );
});
