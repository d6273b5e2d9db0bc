import { FlurryError } from "@flurry/core";
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { bech32 } from "@scure/base";
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decryptAge } from "./decrypt.ts";
import { encryptAge, encryptAgeWithPassphrase } from "./encrypt.ts";
import { parseIdentityFile } from "./identity-file.ts";
import { inspectAge } from "./inspect.ts";
import { pluginOfIdentity, pluginOfRecipient } from "./plugin-name.ts";
import { parseRecipientFile } from "./recipient-file.ts";
import { matchStanza } from "./recipient-tags.ts";
import { parseRecipient } from "./recipient.ts";
import type { AgeRecipient } from "./recipient.ts";
import { checkRecipients } from "./recipients-rules.ts";
import { ScryptIdentity } from "./scrypt-identity.ts";
import { sshIdentity } from "./ssh-stanzas.ts";
import { sshStrings } from "./ssh-wire.ts";

const classic = await identityToRecipient(await generateX25519Identity());
const hybrid = await identityToRecipient(await generateHybridIdentity());
const plugin = bech32.encode("age1flurrytest", bech32.toWords(new Uint8Array(20)), false);
const pluginIdentity = bech32.encode("age-plugin-flurrytest-", bech32.toWords(new Uint8Array(4)), false).toUpperCase();

function sshKey(seed: Uint8Array) {
  const blob = sshStrings("ssh-ed25519", ed25519.getPublicKey(seed));
  return {
    line: `ssh-ed25519 ${Buffer.from(blob).toString("base64")}`,
    identity: sshIdentity({ kind: "ssh-ed25519", blob, seed }),
  };
}

describe("encryptAge and decryptAge", () => {
  it("are inverse for ssh-ed25519 keys", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 500 }),
        fc.constantFrom("armor", "binary"),
        async (seed, content, format) => {
          const { line, identity } = sshKey(seed);
          const file = await encryptAge(content, [parseRecipient(line), parseRecipient(classic)], { format });
          expect([...(await decryptAge(file, [identity]))]).toEqual([...content]);
          expect(inspectAge(file)).toMatchObject({ armored: format === "armor", contentBytes: content.length });
        },
      ),
    );
  });

  it("are inverse around the size of a chunk", async () => {
    const { line, identity } = sshKey(new Uint8Array(32).fill(7));
    for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072]) {
      const file = await encryptAge(new Uint8Array(size).fill(1), [parseRecipient(line)]);
      expect((await decryptAge(file, [identity])).length).toBe(size);
      expect(inspectAge(file).contentBytes).toBe(size);
    }
  });

  it("work with a passphrase, which is then alone", async () => {
    const file = await encryptAgeWithPassphrase(Buffer.from("x"), "pass", { workFactor: 4 });
    expect(inspectAge(file).recipients.map(({ kind }) => kind)).toEqual(["passphrase"]);
    expect(Buffer.from(await decryptAge(file, [new ScryptIdentity("pass")])).toString()).toBe("x");
    await expect(decryptAge(file, [new ScryptIdentity("word")], { file: "a.age" })).rejects.toMatchObject({
      code: "FLURRY_AGE_PASSPHRASE_WRONG",
      place: { file: "a.age" },
    });
    await expect(encryptAgeWithPassphrase(Buffer.from("x"), "")).rejects.toMatchObject({
      code: "FLURRY_AGE_PASSPHRASE_REQUIRED",
    });
  });

  it("goes on after an identity that fails, and tries each stanza with a colliding tag", async () => {
    const { line, identity } = sshKey(new Uint8Array(32).fill(9));
    const key = parseRecipient(line);
    const colliding: AgeRecipient = {
      ...key,
      text: "other",
      recipient: {
        wrapFileKey: async (fileKey) => {
          if (key.kind !== "ssh" || typeof key.recipient === "string") throw new Error("not an ssh key");
          const stanzas = await key.recipient.wrapFileKey(fileKey);
          for (const { body } of stanzas) body.fill(0);
          return stanzas;
        },
      },
    };
    const file = await encryptAge(Buffer.from("x"), [colliding, key]);
    const broken = {
      unwrapFileKey: (): never => {
        throw new FlurryError("FLURRY_AGE_PLUGIN_NOT_FOUND", "gone");
      },
    };
    expect(Buffer.from(await decryptAge(file, [broken, identity])).toString()).toBe("x");
    await expect(decryptAge(file, [broken])).rejects.toMatchObject({ code: "FLURRY_AGE_PLUGIN_NOT_FOUND" });
  });

  it("gives one stanza to whoever is listed twice", async () => {
    const file = await encryptAge(Buffer.from("x"), [parseRecipient(classic), parseRecipient(classic)]);
    expect(inspectAge(file).recipients).toHaveLength(1);
  });

  it("never lets a file key of the wrong length through", async () => {
    const file = await encryptAge(Buffer.from("x"), [parseRecipient(classic)]);
    await expect(decryptAge(file, [{ unwrapFileKey: () => new Uint8Array(32) }])).rejects.toMatchObject({
      code: "FLURRY_AGE_HEADER_INVALID",
    });
  });
});

describe("checkRecipients", () => {
  const recipients = (...texts: string[]) => texts.map((text) => parseRecipient(text));
  it("accepts recipients of one sort", () => {
    expect(() => checkRecipients(recipients(classic, sshKey(new Uint8Array(32)).line, plugin))).not.toThrow();
    expect(() => checkRecipients(recipients(hybrid))).not.toThrow();
  });

  it.each([
    ["post-quantum and X25519", [classic, hybrid]],
    ["post-quantum and SSH", [hybrid, sshKey(new Uint8Array(32)).line]],
    ["nobody", []],
  ])("refuses %s", async (_, texts) => {
    expect(() => checkRecipients(recipients(...texts))).toThrow(
      expect.objectContaining({ code: "FLURRY_AGE_RECIPIENTS_MIXED" }),
    );
    await expect(encryptAge(Buffer.from("x"), recipients(...texts))).rejects.toMatchObject({
      code: "FLURRY_AGE_RECIPIENTS_MIXED",
    });
  });

  it("refuses labels that show only when encrypting", async () => {
    const late: AgeRecipient = {
      kind: "plugin",
      plugin: "late",
      text: "age1late",
      labels: undefined,
      recipient: Object.assign(
        { wrapFileKey: () => [] },
        { wrapWithLabels: () => ({ stanzas: [], labels: ["postquantum"] }) },
      ),
    };
    await expect(encryptAge(Buffer.from("x"), [...recipients(classic), late])).rejects.toMatchObject({
      code: "FLURRY_AGE_RECIPIENTS_MIXED",
    });
    await expect(encryptAge(Buffer.from("x"), [late, ...recipients(classic)])).rejects.toMatchObject({
      code: "FLURRY_AGE_RECIPIENTS_MIXED",
    });
  });
});

describe("parseRecipient", () => {
  it.each([
    [classic, "x25519"],
    [hybrid, "hybrid"],
    [plugin, "plugin"],
    [sshKey(new Uint8Array(32)).line, "ssh"],
  ])("%s", (text, kind) => expect(parseRecipient(text).kind).toBe(kind));

  it.each([
    ["a damaged one", `${classic.slice(0, -1)}${classic.endsWith("q") ? "p" : "q"}`],
    ["one that is cut off", classic.slice(0, 30)],
    ["a damaged plugin's", plugin.slice(0, -2)],
    ["a plugin that leaves PATH", bech32.encode("age1../../x", bech32.toWords(new Uint8Array(4)), false)],
    ["a private identity", "AGE-SECRET-KEY-1QQQ"],
    ["another text", "hello"],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(() => parseRecipient(text)).toThrow(expect.objectContaining({ code: "FLURRY_AGE_RECIPIENT_INVALID" }));
  });
});

describe("plugin names", () => {
  it("are taken from recipients and identities", () => {
    expect([
      pluginOfRecipient(plugin),
      pluginOfIdentity(pluginIdentity),
      pluginOfRecipient(classic),
      pluginOfRecipient(hybrid),
    ]).toEqual(["flurrytest", "flurrytest", undefined, undefined]);
  });

  it.each([
    "AGE-PLUGIN-",
    "AGE-PLUGIN-X-1",
    pluginIdentity.toLowerCase(),
    bech32.encode("age-plugin-../x-", [], false).toUpperCase(),
  ])("refuses %s", (text) => {
    expect(() => pluginOfIdentity(text)).toThrow(expect.objectContaining({ code: "FLURRY_AGE_IDENTITY_INVALID" }));
  });
});

describe("files of keys", () => {
  it("recipients, with comments and keys that age cannot use", () => {
    const file = `# admins\n${classic}\r\n\n  ${plugin}\necdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA== x\n`;
    const { recipients, warnings } = parseRecipientFile(file, "recipients");
    expect(recipients.map(({ kind }) => kind)).toEqual(["x25519", "plugin"]);
    expect(warnings).toMatchObject([{ code: "ssh-key-skipped", place: { file: "recipients", line: 5 } }]);
  });

  it("errors name file and line, of secrets never the text", async () => {
    const secret = await generateX25519Identity();
    const damaged = `${secret.slice(0, -1)}${secret.endsWith("Q") ? "P" : "Q"}`;
    for (const line of [damaged, secret.toLowerCase(), "hunter2", classic, "AGE-PLUGIN-X"]) {
      const error = thrown(() => parseIdentityFile(`# created\n\n${secret}\n${line}\n`, { name: "keys.txt" }));
      expect(error).toMatchObject({ code: "FLURRY_AGE_IDENTITY_INVALID", place: { file: "keys.txt", line: 4 } });
      expect(JSON.stringify(error)).not.toContain(line.slice(0, 20) === "AGE-PLUGIN-X" ? "never" : line);
    }
    expect(thrown(() => parseRecipientFile(`${classic}\n${secret}`, "r"))).toMatchObject({
      place: { file: "r", line: 2 },
    });
    expect(thrown(() => parseIdentityFile("# nothing\n", { name: "keys.txt" }))).toMatchObject({
      code: "FLURRY_AGE_IDENTITY_INVALID",
    });
  });

  it("identities of every kind", async () => {
    const [x25519, pq] = [await generateX25519Identity(), await generateHybridIdentity()];
    const sources = parseIdentityFile(`# created: 2026\n${x25519}\r\n${pq}\n${pluginIdentity}`, { name: "keys.txt" });
    expect(sources).toEqual([
      { kind: "native", secret: x25519 },
      { kind: "native", secret: pq },
      { kind: "plugin", plugin: "flurrytest", text: pluginIdentity },
    ]);
  });
});

function thrown(action: () => unknown): FlurryError {
  try {
    action();
  } catch (error) {
    return FlurryError.from(error);
  }
  throw new Error("nothing was thrown");
}

describe("matchStanza", () => {
  const tagRecipient = (): string =>
    bech32.encodeFromBytes("age1tag", p256.getPublicKey(p256.utils.randomSecretKey(), true));

  it("tells hardware recipients apart by the tag of each file", async () => {
    const [mine, other] = [parseRecipient(tagRecipient()), parseRecipient(tagRecipient())];
    const [stanza] = inspectAge(await encryptAge(Buffer.from("x"), [mine])).recipients;
    if (stanza === undefined) throw new Error("no stanza");
    expect([
      stanza.kind,
      matchStanza(stanza, mine),
      matchStanza(stanza, other),
      matchStanza(stanza, parseRecipient(classic)),
    ]).toEqual(["tagged", "yes", "no", "no"]);
  });

  it("says that X25519 cannot be told", async () => {
    const [stanza] = inspectAge(await encryptAge(Buffer.from("x"), [parseRecipient(classic)])).recipients;
    if (stanza === undefined) throw new Error("no stanza");
    const other = parseRecipient(await identityToRecipient(await generateX25519Identity()));
    expect([matchStanza(stanza, other), matchStanza(stanza, parseRecipient(hybrid))]).toEqual(["unknown", "no"]);
  });
});
