import { generateKeyPairSync, randomBytes } from "node:crypto";

import { ed25519 } from "@noble/curves/ed25519.js";
import { Stanza } from "age-encryption";
import { describe, expect, it } from "vitest";

import { publicKeyOf } from "./ssh-private-key.ts";
import { sshKeyTag } from "./ssh-public-key.ts";
import { readPemSecretKey } from "./ssh-secret-key.ts";
import type { SshSecretKey } from "./ssh-secret-key.ts";
import { sshIdentity, sshRecipient } from "./ssh-stanzas.ts";
import { sshStrings } from "./ssh-wire.ts";

const seed = new Uint8Array(32).fill(5);
const ed: SshSecretKey = { kind: "ssh-ed25519", seed, blob: sshStrings("ssh-ed25519", ed25519.getPublicKey(seed)) };
const rsa = readPemSecretKey(
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  undefined,
);
const fileKey = new Uint8Array(randomBytes(16));

describe.each([
  ["ssh-ed25519", ed],
  ["ssh-rsa", rsa],
] as const)("%s", (type, secret) => {
  const wrap = async () => {
    const [stanza] = await sshRecipient(publicKeyOf(secret)).wrapFileKey(fileKey);
    if (stanza === undefined) throw new Error("no stanza");
    return stanza;
  };

  it("opens what it wrapped, among stanzas of others", async () => {
    const stanza = await wrap();
    const noise = [new Stanza(["X25519", "x"], fileKey), new Stanza(["x-grease"], fileKey)];
    expect(await sshIdentity(secret).unwrapFileKey([...noise, stanza])).toEqual(fileKey);
    expect(await sshIdentity(secret).unwrapFileKey(noise)).toBeNull();
    expect(stanza.args.slice(0, 2)).toEqual([type, sshKeyTag(secret.blob)]);
    expect(stanza.body.length).toBe(type === "ssh-rsa" ? 256 : 32);
  });

  it("never writes the same stanza twice", async () => {
    expect((await wrap()).body).not.toEqual((await wrap()).body);
  });

  it("passes over a stanza that has its tag and does not open", async () => {
    const [stanza, broken] = [await wrap(), await wrap()];
    broken.body[3] = (broken.body[3] ?? 0) ^ 1;
    expect(await sshIdentity(secret).unwrapFileKey([broken])).toBeNull();
    expect(await sshIdentity(secret).unwrapFileKey([broken, stanza])).toEqual(fileKey);
  });

  it.each([
    ["without a tag", [type]],
    ["with more than belongs there", [type, sshKeyTag(secret.blob), "AAAA", "AAAA"]],
  ])("refuses a stanza %s", async (_, args) => {
    await expect(async () =>
      sshIdentity(secret).unwrapFileKey([new Stanza(args, new Uint8Array(32))]),
    ).rejects.toMatchObject({ code: "FLURRY_AGE_HEADER_INVALID" });
  });

  it("does not try 10,000 stanzas that claim to be its own", async () => {
    const stanza = await wrap();
    const many = Array.from({ length: 10_000 }, () => stanza);
    await expect(async () => sshIdentity(secret).unwrapFileKey(many)).rejects.toMatchObject({
      code: "FLURRY_AGE_TOO_LARGE",
    });
  });
});

describe("ssh-ed25519 shares", () => {
  const stanzaWith = (share: string) => new Stanza(["ssh-ed25519", sshKeyTag(ed.blob), share], new Uint8Array(32));
  it.each([
    ["of zeros, whose product is zero", "A".repeat(43)],
    [
      "of small order",
      Buffer.from([1, ...new Uint8Array(31)])
        .toString("base64")
        .slice(0, 43),
    ],
    ["that are short", "A".repeat(42)],
    ["that are not canonical base64", `${"A".repeat(42)}B`],
    ["with padding", `${"A".repeat(43)}=`],
  ])("%s are refused", async (_, share) => {
    await expect(async () => sshIdentity(ed).unwrapFileKey([stanzaWith(share)])).rejects.toMatchObject({
      code: "FLURRY_AGE_HEADER_INVALID",
    });
  });
});
