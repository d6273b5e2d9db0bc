import { readdirSync, readFileSync } from "node:fs";

import { FlurryError } from "@flurry/core";
import { identityToRecipient } from "age-encryption";
import { describe, expect, it } from "vitest";

import { decryptAge } from "./decrypt.ts";
import type { AgeIdentity } from "./decrypt.ts";
import { openIdentity, parseIdentityFile, unlockIdentities, identityOf } from "./identity-file.ts";
import { inspectAge } from "./inspect.ts";
import { parseSshPrivateKey, publicKeyOf, unlockSshPrivateKey } from "./ssh-private-key.ts";
import { parseSshPublicKey, sshPublicKeyLine } from "./ssh-public-key.ts";
import { sshToAgeIdentity, sshToAgeRecipient } from "./ssh-to-age.ts";

const folder = new URL("../../../../fixtures/vectors/age/", import.meta.url);
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));
const text = (name: string): string => readFileSync(new URL(name, folder), "utf8");
const plain = text("files/plain.txt");
const askPassphrase = () => Promise.resolve("passphrase");

function identities(name: string): AgeIdentity[] {
  return parseIdentityFile(read(`keys/${name}`), { name }).map((source) => openIdentity(source, { askPassphrase }));
}

const keyOf: Readonly<Record<string, string>> = {
  x25519: "x25519.txt",
  hybrid: "hybrid.txt",
  ed25519: "ed25519",
  rsa: "rsa",
};
const single = readdirSync(new URL("files/", folder)).filter((name) => /^(?:x25519|hybrid|ed25519|rsa)-/.test(name));

describe("files made by age", () => {
  it.each(single)("%s opens with its key and with no other", async (name) => {
    const kind = name.split("-", 1)[0] ?? "";
    const file = read(`files/${name}`);
    expect(Buffer.from(await decryptAge(file, identities(keyOf[kind] ?? ""))).toString()).toBe(plain);
    const others = Object.entries(keyOf)
      .filter(([other]) => other !== kind)
      .flatMap(([, key]) => identities(key));
    await expect(decryptAge(file, others)).rejects.toMatchObject({ code: "FLURRY_AGE_NO_MATCH" });
  });

  it.each(["1.1.1", "1.3.2"])("one to three keys, by age %s, opens with each", async (version) => {
    const file = read(`files/all-${version}.age`);
    for (const key of ["x25519.txt", "ed25519", "rsa"])
      expect(Buffer.from(await decryptAge(file, identities(key))).toString()).toBe(plain);
    const { recipients } = inspectAge(file);
    expect(recipients.map(({ kind }) => kind)).toEqual(["anonymous", "ssh", "ssh"]);
    expect(recipients.slice(1).map(({ tag }) => tag)).toEqual(
      ["ed25519.pub", "rsa.pub"].map((name) => parseSshPublicKey(text(`keys/${name}`)).tag),
    );
  });

  it("empty and of one whole chunk: the size is known without a key", async () => {
    const [empty, chunk] = [read("files/empty-1.3.2.age"), read("files/zeros-65536-1.3.2.age")];
    expect((await decryptAge(empty, identities("ed25519"))).length).toBe(0);
    expect(Buffer.from(await decryptAge(chunk, identities("ed25519"))).equals(Buffer.alloc(65_536))).toBe(true);
    expect([inspectAge(empty).contentBytes, inspectAge(chunk).contentBytes]).toEqual([0, 65_536]);
  });

  it("with a passphrase opens through encrypted identity files, asked for once", async () => {
    let asked = 0;
    const ask = () => {
      asked++;
      return Promise.resolve("passphrase");
    };
    for (const name of ["x25519-encrypted.txt", "x25519-encrypted-armor.txt"]) {
      asked = 0;
      const lazy = parseIdentityFile(read(`keys/${name}`), { name }).map((source) =>
        openIdentity(source, { askPassphrase: ask }),
      );
      for (const file of ["x25519-1.1.1.age", "all-1.3.2.age"])
        expect(Buffer.from(await decryptAge(read(`files/${file}`), lazy)).toString()).toBe(plain);
      expect(asked).toBe(1);
    }
  });

  it("every flipped bit is noticed, with a typed error", async () => {
    const original = read("files/ed25519-1.3.2.age");
    const key = identities("ed25519");
    for (let at = 0; at < original.length; at++) {
      const changed = Uint8Array.from(original);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const error: unknown = await decryptAge(changed, key).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(FlurryError.is(error), `byte ${at}`).toBe(true);
    }
  });
});

const isEncrypted = /-(?:aes|3des|chacha|.*encrypted)/;

describe("private keys made by ssh-keygen and openssl", () => {
  const files = readdirSync(new URL("keys/", folder)).filter(
    (name) => /^(?:rsa|ed25519)(?:-|$)/.test(name) && !name.includes("."),
  );

  it("are all read", () => expect(files.length).toBeGreaterThanOrEqual(17));

  it.each(files)("%s", async (name) => {
    const key = parseSshPrivateKey(text(`keys/${name}`), { name });
    expect(key.encrypted).toBe(isEncrypted.test(name));
    const secret = await unlockSshPrivateKey(key, { askPassphrase });
    // The key that openssl made has no .pub file.
    const pub =
      name === "ed25519-pkcs8" ? publicKeyOf(secret) : parseSshPublicKey(text(`keys/${name.split("-", 1)[0]}.pub`));
    expect(sshPublicKeyLine(publicKeyOf(secret))).toBe(sshPublicKeyLine({ ...pub, comment: "" }));
    expect(key.publicKey?.tag).toBe(name.endsWith("encrypted") ? undefined : pub.tag);
  });

  it.each(files.filter((name) => isEncrypted.test(name)))("%s does not open without its passphrase", async (name) => {
    const key = parseSshPrivateKey(text(`keys/${name}`), { name });
    const code = "FLURRY_SSH_KEY_PASSPHRASE_WRONG";
    await expect(key.open("Passphrase")).rejects.toMatchObject({ code, place: { file: name } });
    await expect(key.open("")).rejects.toMatchObject({ code });
    await expect(unlockSshPrivateKey(key)).rejects.toMatchObject({ code: "FLURRY_SSH_KEY_PASSPHRASE_REQUIRED" });
  });

  it("open files, also when handed on as plain data, and ask only when a tag matches", async () => {
    let asked = 0;
    const ask = () => {
      asked++;
      return Promise.resolve("passphrase");
    };
    const sources = parseIdentityFile(read("keys/ed25519-aes256-ctr"), { name: "key" });
    const locked = sources.map((source) => openIdentity(source, { askPassphrase: ask }));
    await expect(decryptAge(read("files/rsa-1.3.2.age"), locked)).rejects.toMatchObject({
      code: "FLURRY_AGE_NO_MATCH",
    });
    expect(asked).toBe(0);
    for (let time = 0; time < 3; time++) await decryptAge(read("files/ed25519-1.3.2.age"), locked);
    expect(asked).toBe(1);
    const handedOn = structuredClone(await unlockIdentities(sources, { askPassphrase: ask })).map((unlocked) =>
      identityOf(unlocked),
    );
    expect(Buffer.from(await decryptAge(read("files/all-1.1.1.age"), handedOn)).toString()).toBe(plain);
  });

  it.each(["ed25519", "rsa", "rsa-pem", "rsa-pkcs8"])(
    "%s is read with the line ends of Windows and blanks around it",
    (name) => {
      const key = parseSshPrivateKey(`\r\n  ${text(`keys/${name}`).replaceAll("\n", "\r\n")}\r\n`);
      expect(key.publicKey?.tag).toBe(parseSshPublicKey(text(`keys/${name.split("-", 1)[0]}.pub`)).tag);
    },
  );

  it("that are cut off or changed give a typed error and never their content", () => {
    for (const name of ["ed25519", "rsa", "rsa-pem", "ed25519-aes256-gcm"]) {
      const whole = text(`keys/${name}`);
      for (let at = 40; at < whole.length - 40; at += 7) {
        for (const damaged of [
          whole.slice(0, at),
          `${whole.slice(0, at)}A${whole.slice(at + 1)}`,
          `${whole.slice(0, at)}?${whole.slice(at)}`,
        ]) {
          const error = thrownBy(() => parseSshPrivateKey(damaged, { name }));
          expect(error === undefined || FlurryError.is(error)).toBe(true);
          expect(JSON.stringify(error) ?? "").not.toContain(whole.slice(100, 120).replaceAll("\n", ""));
        }
      }
    }
  });
});

describe("conversion to age, compared with ssh-to-age", () => {
  it("public and private", async () => {
    const secret = await unlockSshPrivateKey(parseSshPrivateKey(text("keys/ed25519")));
    const [recipient, identity] = [
      text("keys/ed25519.ssh-to-age.pub").trim(),
      text("keys/ed25519.ssh-to-age.txt").trim(),
    ];
    expect(sshToAgeRecipient(text("keys/ed25519.pub"))).toBe(recipient);
    expect(sshToAgeIdentity(secret)).toBe(identity);
    expect(await identityToRecipient(identity)).toBe(recipient);
  });

  it("refuses RSA", () => {
    expect(() => sshToAgeRecipient(text("keys/rsa.pub"))).toThrow(
      expect.objectContaining({ code: "FLURRY_SSH_KEY_UNSUPPORTED" }),
    );
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
