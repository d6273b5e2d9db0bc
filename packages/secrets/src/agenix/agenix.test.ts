import { ed25519 } from "@noble/curves/ed25519.js";
import { bech32 } from "@scure/base";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { describe, expect, it } from "vitest";

import { encryptAge } from "../age/encrypt.ts";
import { parseAgeHeader, printAgeHeader } from "../age/header.ts";
import { inspectAge } from "../age/inspect.ts";
import { parseRecipient } from "../age/recipient.ts";
import { sshStrings } from "../age/ssh-wire.ts";
import { recipientDrift } from "./drift.ts";
import { agenixRuleFor, parseAgenixRules, readAgenixRules } from "./rules.ts";

const ssh = (fill: number, comment = ""): string =>
  `ssh-ed25519 ${Buffer.from(sshStrings("ssh-ed25519", ed25519.getPublicKey(new Uint8Array(32).fill(fill)))).toString("base64")} ${comment}`.trim();
const [x1, x2] = [
  await identityToRecipient(await generateX25519Identity()),
  await identityToRecipient(await generateX25519Identity()),
];
const plugin = bech32.encode("age1flurrytest", bech32.toWords(new Uint8Array(20)), false);

async function drift(inFile: readonly string[], inRule: readonly string[], addStanzas: readonly string[] = []) {
  const file = await encryptAge(
    Buffer.from("secret"),
    inFile.map((text) => parseRecipient(text)),
  );
  const header = parseAgeHeader(file);
  const changed = Buffer.concat([
    printAgeHeader({
      mac: header.mac,
      stanzas: [...header.stanzas, ...addStanzas.map((type) => ({ type, args: ["AAAAAA"], body: new Uint8Array(32) }))],
    }),
    file.subarray(header.length),
  ]);
  return recipientDrift(
    inspectAge(changed),
    inRule.map((text) => parseRecipient(text)),
  );
}

describe("recipientDrift", () => {
  it.each([
    ["the same keys", [ssh(1), ssh(2)], [ssh(1), ssh(2)]],
    ["another order and comments", [ssh(1), ssh(2)], [ssh(2, "nas"), ssh(1, "me@home")]],
    ["a key that is listed twice", [ssh(1)], [ssh(1), ssh(1, "again")]],
  ])("current: %s", async (_, inFile, inRule) => {
    expect(await drift(inFile, inRule)).toEqual({ status: "current", missing: [], extra: [], undecided: [] });
  });

  it("current: noise of rage", async () =>
    expect((await drift([ssh(1)], [ssh(1)], ["a7-grease"])).status).toBe("current"));

  it.each([
    { what: "a host was added", inFile: [ssh(1)], inRule: [ssh(1), ssh(2)], missing: [ssh(2)], extra: 0 },
    { what: "a host was removed", inFile: [ssh(1), ssh(2)], inRule: [ssh(1)], missing: [], extra: 1 },
    { what: "a host key changed", inFile: [ssh(1), ssh(2)], inRule: [ssh(1), ssh(3)], missing: [ssh(3)], extra: 1 },
    { what: "an X25519 key was added", inFile: [ssh(1)], inRule: [ssh(1), x1], missing: [x1], extra: 0 },
    { what: "an X25519 key was removed", inFile: [ssh(1), x1], inRule: [ssh(1)], missing: [], extra: 1 },
    { what: "one of two X25519 keys was removed", inFile: [x1, x2], inRule: [x1], missing: [], extra: 1 },
  ])("drifted: $what", async ({ inFile, inRule, missing, extra }) => {
    const found = await drift(inFile, inRule);
    expect(found.status).toBe("drifted");
    expect(found.missing).toEqual(missing);
    expect(found.extra).toHaveLength(extra);
  });

  it("drifted: a stanza of an unknown kind where the rule has no plugin", async () => {
    expect(await drift([ssh(1)], [ssh(1)], ["flurrytest"])).toMatchObject({ status: "drifted", extra: ["flurrytest"] });
  });

  it("drifted: a passphrase instead of recipients", async () => {
    const scrypt = printAgeHeader({
      mac: new Uint8Array(32),
      stanzas: [{ type: "scrypt", args: ["AAAA", "18"], body: new Uint8Array(32) }],
    });
    expect(recipientDrift(inspectAge(scrypt), [parseRecipient(ssh(1))])).toMatchObject({
      status: "drifted",
      extra: ["scrypt"],
    });
  });

  it("unknown: X25519 keys equal in number are not told apart", async () => {
    expect(await drift([ssh(1), x1], [ssh(1), x2])).toEqual({
      status: "unknown",
      missing: [],
      extra: [],
      undecided: [x2],
    });
    expect((await drift([x1, x2], [x1, x1, x2])).status).toBe("unknown");
  });

  it("unknown: stanzas of a plugin, however many", async () => {
    const found = await drift([ssh(1)], [ssh(1), plugin], ["flurrytest", "flurrytest"]);
    expect(found).toMatchObject({ status: "unknown", missing: [], extra: [] });
  });

  it("drifted: a plugin's recipient without any stanza", async () => {
    expect(await drift([ssh(1)], [ssh(1), plugin])).toMatchObject({ status: "drifted", missing: [plugin] });
  });
});

describe("parseAgenixRules", () => {
  const file = "/repo/secrets/secrets.nix";

  it("reads rules relative to their file", async () => {
    const value = {
      "wifi.age": { publicKeys: [ssh(1), x1] },
      "hosts/-leading.age": { publicKeys: [ssh(2)], armor: true },
    };
    const rules = await readAgenixRules(file, () => Promise.resolve(value));
    expect(rules.rules.map(({ path, armor, recipients }) => [path, armor, recipients.length])).toEqual([
      ["/repo/secrets/hosts/-leading.age", true, 1],
      ["/repo/secrets/wifi.age", false, 2],
    ]);
    expect(agenixRuleFor(rules, "wifi.age")).toBe(agenixRuleFor(rules, "/repo/secrets/wifi.age"));
    expect(() => agenixRuleFor(rules, "wlan.age")).toThrow(expect.objectContaining({ code: "FLURRY_AGENIX_NO_RULE" }));
    expect(parseAgenixRules(value, file, { root: "/repo" }).rules[1]?.path).toBe("/repo/wifi.age");
  });

  it.each([
    ["no set", 42],
    ["a rule without keys", { "a.age": {} }],
    ["an empty list of keys", { "a.age": { publicKeys: [] } }],
    ["a key that is none", { "a.age": { publicKeys: ["ssh-ed25519 AAAA"] } }],
    ["a path out of the folder", { "../a.age": { publicKeys: [ssh(1)] } }],
    ["an absolute path", { "/etc/a.age": { publicKeys: [ssh(1)] } }],
    ["the folder itself", { ".": { publicKeys: [ssh(1)] } }],
    ["an empty name", { "": { publicKeys: [ssh(1)] } }],
  ])("refuses %s", (_, value) => {
    expect(() => parseAgenixRules(value, file)).toThrow(
      expect.objectContaining({ code: "FLURRY_AGENIX_RULES_INVALID", place: { file } }),
    );
  });

  it("lists every mistake", () => {
    const value = { "a.age": { publicKeys: ["x"] }, "b.age": { publicKeys: [] } };
    expect(() => parseAgenixRules(value, file)).toThrow(
      expect.objectContaining({ details: expect.stringMatching(/"a\.age".*\n"b\.age"/) }),
    );
  });
});
