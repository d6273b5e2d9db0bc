import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { TempDir } from "@flurry/core";
import {
  decryptAge,
  encryptAge,
  encryptAgeWithPassphrase,
  inspectAge,
  openIdentity,
  parseIdentityFile,
  parseRecipientFile,
  parseSshPrivateKey,
  parseSshPublicKey,
  publicKeyOf,
  sshPublicKeyLine,
  sshToAgeIdentity,
  sshToAgeRecipient,
  unlockSshPrivateKey,
} from "@flurry/secrets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { hasTool, tool } from "./real-tools.ts";

let dir: TempDir;
const at = (name: string): string => join(dir.path, name);
const askPassphrase = () => Promise.resolve("grüße und Küsse");
const plain = Buffer.from("a secret with NUL \0 and \xff", "latin1");

/** Debian's age is the oldest in use, the cache has newer ones, and the one of Rust. */
const ages = ["/usr/bin/age", "age", "age-1.2.0", "rage"].filter((name) => name.startsWith("/") || hasTool(name));
const keys = ["x25519", "ed25519", "rsa2048", "rsa3072"];

beforeAll(async () => {
  dir = await tempDir("flurry-age");
  await tool("age-keygen", ["-o", at("x25519")]);
  await writeFile(at("x25519.pub"), await tool("age-keygen", ["-y", at("x25519")]));
  await tool("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "me at home", "-f", at("ed25519")]);
  for (const bits of ["2048", "3072"])
    await tool("ssh-keygen", ["-q", "-t", "rsa", "-b", bits, "-N", "", "-f", at(`rsa${bits}`)]);
  await writeFile(at("plain"), plain);
});
afterAll(async () => {
  await dir[Symbol.asyncDispose]();
});

async function identities(name: string) {
  return parseIdentityFile(await readFile(at(name)), { name }).map((source) => openIdentity(source, { askPassphrase }));
}

async function recipients(...names: readonly string[]) {
  const lines = await Promise.all(names.map((name) => readFile(at(`${name}.pub`), "utf8")));
  return parseRecipientFile(lines.join("\n"), "recipients").recipients;
}

describe.each(ages)("%s", (age) => {
  it.each(keys)("opens what we encrypt to %s, armored or not", async (key) => {
    for (const format of ["armor", "binary"] as const) {
      await writeFile(at("ours.age"), await encryptAge(plain, await recipients(key), { format }));
      await tool(age, ["-d", "-i", at(key), "-o", at("out"), at("ours.age")]);
      expect((await readFile(at("out"))).equals(plain)).toBe(true);
    }
  });

  it.each(keys)("writes what we open with %s", async (key) => {
    for (const armor of [[], ["-a"]]) {
      await tool(age, [...armor, "-R", at(`${key}.pub`), "-o", at("theirs.age"), at("plain")]);
      expect(Buffer.from(await decryptAge(await readFile(at("theirs.age")), await identities(key))).equals(plain)).toBe(
        true,
      );
    }
  });

  it("opens a file to four keys with each of them, and 1 MiB", async () => {
    const large = Buffer.alloc(1024 * 1024 + 17, "flurry ");
    await writeFile(at("four.age"), await encryptAge(large, await recipients(...keys)));
    for (const key of keys) {
      await tool(age, ["-d", "-i", at(key), "-o", at("out"), at("four.age")]);
      expect((await readFile(at("out"))).equals(large)).toBe(true);
    }
  });

  it("opens what we encrypt to a converted host key", async () => {
    const secret = await unlockSshPrivateKey(parseSshPrivateKey(await readFile(at("ed25519"), "utf8")));
    const recipient = sshToAgeRecipient(await readFile(at("ed25519.pub"), "utf8"));
    await writeFile(at("converted"), `# from ssh\n${sshToAgeIdentity(secret)}\n`);
    await writeFile(at("converted.pub"), recipient);
    await writeFile(at("ours.age"), await encryptAge(plain, await recipients("converted")));
    await tool(age, ["-d", "-i", at("converted"), "-o", at("out"), at("ours.age")]);
    expect((await readFile(at("out"))).equals(plain)).toBe(true);
  });
});

describe("ssh-keygen", () => {
  it.each([
    "aes256-ctr",
    "aes192-cbc",
    "3des-cbc",
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
  ])("encrypts keys with %s that open what age wrote", async (cipher) => {
    for (const kind of ["ed25519", "rsa2048"]) {
      await writeFile(at("locked"), await readFile(at(kind)), { mode: 0o600 });
      await tool("ssh-keygen", [
        "-q",
        "-p",
        "-P",
        "",
        "-N",
        await askPassphrase(),
        "-Z",
        cipher,
        "-a",
        "3",
        "-f",
        at("locked"),
      ]);
      await tool("/usr/bin/age", ["-R", at(`${kind}.pub`), "-o", at("theirs.age"), at("plain")]);
      expect(
        Buffer.from(await decryptAge(await readFile(at("theirs.age")), await identities("locked"))).equals(plain),
      ).toBe(true);
    }
  });

  it.each([
    ["PEM", ""],
    ["PEM", "some words"],
    ["PKCS8", ""],
    ["PKCS8", "some words"],
  ])("writes RSA keys as %s with passphrase %j that we read", async (form, passphrase) => {
    await writeFile(at("old"), await readFile(at("rsa2048")), { mode: 0o600 });
    await tool("ssh-keygen", ["-q", "-p", "-P", "", "-N", passphrase, "-m", form, "-f", at("old")]);
    const key = parseSshPrivateKey(await readFile(at("old"), "utf8"), {
      name: "old",
      publicKey: await readFile(at("rsa2048.pub"), "utf8"),
    });
    const secret = await unlockSshPrivateKey(key, { askPassphrase: () => Promise.resolve(passphrase) });
    expect(sshPublicKeyLine(publicKeyOf(secret))).toBe(
      (await tool("ssh-keygen", ["-y", "-P", passphrase, "-f", at("old")])).trim().split(" ").slice(0, 2).join(" "),
    );
    expect(key.publicKey?.tag).toBe(publicKeyOf(secret).tag);
  });

  it("and we see the same public key in 30 new keys", async () => {
    for (let round = 0; round < 30; round++) {
      await tool("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", `k${round}`, "-f", at(`round${round}`)]);
      const key = parseSshPrivateKey(await readFile(at(`round${round}`), "utf8"));
      const pub = await readFile(at(`round${round}.pub`), "utf8");
      expect(key.publicKey?.tag).toBe(parseSshPublicKey(pub).tag);
      expect((await unlockSshPrivateKey(key)).kind).toBe("ssh-ed25519");
    }
  });

  it("makes keys that age refuses, and so do we", async () => {
    await tool("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-f", at("ecdsa")]);
    await expect(recipients("ecdsa")).rejects.toMatchObject({ code: "FLURRY_AGE_RECIPIENT_INVALID" });
    expect(() => parseSshPublicKey("ssh-rsa AAAA")).toThrow(
      expect.objectContaining({ code: "FLURRY_SSH_KEY_INVALID" }),
    );
  });
});

describe.skipIf(!hasTool("ssh-to-age"))("ssh-to-age", () => {
  it("converts as we do", async () => {
    for (let round = 0; round < 10; round++) {
      await tool("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "x", "-f", at(`convert${round}`)]);
      const [pub, pem] = [
        await readFile(at(`convert${round}.pub`), "utf8"),
        await readFile(at(`convert${round}`), "utf8"),
      ];
      expect(sshToAgeRecipient(pub)).toBe((await tool("ssh-to-age", [], { stdin: pub })).trim());
      const secret = await unlockSshPrivateKey(parseSshPrivateKey(pem));
      expect(sshToAgeIdentity(secret)).toBe((await tool("ssh-to-age", ["-private-key"], { stdin: pem })).trim());
    }
  });
});

describe.skipIf(!hasTool("expect"))("passphrases", () => {
  const atTerminal = (age: string, args: readonly string[], passphrase: string) =>
    tool("expect", [
      "-c",
      `log_user 0; set timeout 30; spawn -noecho ${age} ${args.join(" ")}; expect nter; send "${passphrase}\\r"; expect eof; exit [lindex [wait] 3]`,
    ]);

  it("age opens what we encrypt with one", async () => {
    await writeFile(
      at("scrypt.age"),
      await encryptAgeWithPassphrase(plain, "open sesame", { workFactor: 12, format: "armor" }),
    );
    await atTerminal("/usr/bin/age", ["-d", "-o", at("out"), at("scrypt.age")], "open sesame");
    expect((await readFile(at("out"))).equals(plain)).toBe(true);
  });
});

/** Whether the age-keygen that is found first knows post-quantum keys; the one of install-interop-tools.sh does. */
const isNewest = hasTool("age-1.2.0");

describe.skipIf(!isNewest)("the newest age", () => {
  it("and we exchange post-quantum files, and neither mixes them", async () => {
    await tool("age-keygen", ["-pq", "-o", at("hybrid")]);
    await writeFile(at("hybrid.pub"), await tool("age-keygen", ["-y", at("hybrid")]));
    await writeFile(at("ours.age"), await encryptAge(plain, await recipients("hybrid")));
    await tool("age", ["-d", "-i", at("hybrid"), "-o", at("out"), at("ours.age")]);
    expect((await readFile(at("out"))).equals(plain)).toBe(true);
    await tool("age", ["-R", at("hybrid.pub"), "-o", at("theirs.age"), at("plain")]);
    expect(
      Buffer.from(await decryptAge(await readFile(at("theirs.age")), await identities("hybrid"))).equals(plain),
    ).toBe(true);
    await expect(
      tool("age", ["-R", at("hybrid.pub"), "-R", at("x25519.pub"), "-o", at("mixed.age"), at("plain")]),
    ).rejects.toThrow(/incompatible|post-quantum/);
    await expect(encryptAge(plain, await recipients("hybrid", "x25519"))).rejects.toMatchObject({
      code: "FLURRY_AGE_RECIPIENTS_MIXED",
    });
    expect(inspectAge(await readFile(at("theirs.age"))).recipients).toMatchObject([{ kind: "anonymous" }]);
  });
});
