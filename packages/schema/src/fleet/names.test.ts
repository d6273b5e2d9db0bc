import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { checkAddress, checkJump, normalizeAddress } from "./address.ts";
import { checkHostName, checkTag, checkUserName } from "./names.ts";

/** Anything with a character that an ssh command line or a shell would read as more than a name. */
const hostile = fc.oneof(
  fc.string().map((text) => `-${text}`),
  fc
    .tuple(fc.string(), fc.constantFrom(..." \t\n\0'\"`$;&|<>()*?!#~^\\".split("")), fc.string())
    .map((parts) => parts.join("")),
);

describe("names", () => {
  it.each(["nas", "NAS-2", "a", "web_1", "host.example.org", "0", "a".repeat(63)])("%s can be a host", (name) => {
    expect(checkHostName(name)).toBeUndefined();
    expect(checkTag(name)).toBeUndefined();
  });

  it.each(["", "-nas", ".nas", "_nas", "na s", "nas/", "nas@home", "nas:1", "näs", "a".repeat(64), "nas\n"])(
    "%j cannot be a host",
    (name) => {
      expect(checkHostName(name)?.message).toBeDefined();
      expect(checkTag(name)?.message).toBeDefined();
    },
  );

  it.each(["root", "deploy", "_svc", "1000", "First.Last", "host$", "a-b"])("%s can be a user", (user) =>
    expect(checkUserName(user)).toBeUndefined(),
  );

  it.each(["", "-l", "a b", "a@b", "$USER", "a;b", "a/b", "a\n"])("%j cannot be a user", (user) =>
    expect(checkUserName(user)?.message).toBeDefined(),
  );

  it.each([
    "10.0.20.10",
    "::1",
    "[::1]",
    "fe80::1%eth0",
    "[fe80::1%eth0]",
    "fd00:20::10",
    "nas",
    "nas.lan",
    "nas.example.org.",
    "my_alias",
    "xn--ls8h.la",
  ])("%s can be an address", (address) => expect(checkAddress(address)).toBeUndefined());

  it.each([
    "",
    "-nas",
    "nas..lan",
    ".nas",
    "1.2.3",
    "10.0.20.300",
    "nas:22",
    "[nas]",
    "[10.0.0.1]",
    ":::",
    "%eth0",
    "::1%",
  ])("%j cannot be an address", (address) => expect(checkAddress(address)?.message).toBeDefined());

  it("takes the brackets of an IPv6 address away", () => {
    expect(["[fd00::1]", "fd00::1", "nas"].map(normalizeAddress)).toEqual(["fd00::1", "fd00::1", "nas"]);
  });

  it.each(["gate", "me@gate", "me@gate:2222", "gate,me@[fd00::1]:22", "10.0.0.1:22"])("%s can be a jump host", (jump) =>
    expect(checkJump(jump)).toBeUndefined(),
  );

  it.each(["", "gate,", "-oX=y", "me@-gate", "-l@gate", "gate:0", "gate:99999", "gate:ssh", "a b", "$(x)"])(
    "%j cannot be a jump host",
    (jump) => expect(checkJump(jump)?.message).toBeDefined(),
  );

  it("refuses every hostile text", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(checkHostName(text)).toBeDefined();
        expect(checkTag(text)).toBeDefined();
        expect(checkAddress(text)).toBeDefined();
        expect(checkJump(text)).toBeDefined();
        // useradd's machine accounts end in a dollar sign.
        expect(checkUserName(text.replace(/\$$/, " "))).toBeDefined();
      }),
    );
  });
});
