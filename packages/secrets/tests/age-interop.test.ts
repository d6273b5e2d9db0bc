import { readFile, rm, writeFile } from "node:fs/promises";
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
  ScryptIdentity,
  sshPublicKeyLine,
  sshToAgeIdentity,
  sshToAgeRecipient,
  sshToAgeRecipients,
  unlockSshPrivateKey,
} from "@flurry/secrets";
import { identityToRecipient } from "age-encryption";
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
  const passphrase = "grüße und Küsse";

  it("converts as we do: public and private keys, and those with a passphrase", async () => {
    for (let round = 0; round < 5; round++) {
      const key = at(`convert${round}`);
      await tool("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "x", "-f", key]);
      const [pub, pem] = [await readFile(`${key}.pub`, "utf8"), await readFile(key, "utf8")];
      const recipient = (await tool("ssh-to-age", [], { stdin: pub })).trim();
      const identity = (await tool("ssh-to-age", ["-private-key"], { stdin: pem })).trim();
      expect(sshToAgeRecipient(pub)).toBe(recipient);
      expect(sshToAgeIdentity(await unlockSshPrivateKey(parseSshPrivateKey(pem)))).toBe(identity);
      expect(await identityToRecipient(identity)).toBe(recipient);
      // With a passphrase, under two ciphers that it knows.
      for (const cipher of round === 0 ? ["aes256-ctr", "aes256-cbc"] : []) {
        await writeFile(at("locked-host"), pem, { mode: 0o600 });
        const lock = ["-q", "-p", "-P", "", "-N", passphrase, "-Z", cipher, "-a", "3", "-f", at("locked-host")];
        await tool("ssh-keygen", lock);
        const args = ["-private-key", "-i", at("locked-host")];
        const locked = parseSshPrivateKey(await readFile(at("locked-host"), "utf8"));
        const answered = { askPassphrase: () => Promise.resolve(passphrase) };
        expect((await tool("ssh-to-age", args, { env: { SSH_TO_AGE_PASSPHRASE: passphrase } })).trim()).toBe(identity);
        expect((await tool("ssh-to-age", [...args, "-stdinpass"], { stdin: passphrase })).trim()).toBe(identity);
        expect(sshToAgeIdentity(await unlockSshPrivateKey(locked, answered))).toBe(identity);
        const wrong = { askPassphrase: () => Promise.resolve("another") };
        await expect(tool("ssh-to-age", args, { env: { SSH_TO_AGE_PASSPHRASE: "another" } })).rejects.toThrow(
          "convert",
        );
        await expect(unlockSshPrivateKey(locked, wrong)).rejects.toMatchObject({
          code: "FLURRY_SSH_KEY_PASSPHRASE_WRONG",
        });
      }
    }
  });

  it("converts each ed25519 key of a file as we do, and neither of us one of another kind", async () => {
    const keys = await Promise.all(["ed25519", "rsa2048"].map((name) => readFile(at(`${name}.pub`), "utf8")));
    const [ed25519 = "", rsa = ""] = keys.map((line) => line.trim().split(" ").slice(0, 2).join(" "));
    const lines = [
      `# hosts`,
      `nas ${ed25519} of-the-nas`,
      `nas ${rsa}`,
      ``,
      `[web]:2222,192.0.2.1 ${ed25519}`,
      ed25519,
    ];
    const text = `${lines.join("\n")}\n`;
    const converted = sshToAgeRecipients(text, "known_hosts");
    expect(converted.recipients.map(({ recipient }) => recipient)).toEqual(
      (await tool("ssh-to-age", [], { stdin: text })).trim().split("\n"),
    );
    expect(converted.issues).toMatchObject([{ code: "ssh-key-skipped", place: { line: 3 } }]);

    const unsupported = { code: "FLURRY_SSH_KEY_UNSUPPORTED" };
    expect(await tool("ssh-to-age", [], { stdin: rsa })).toBe("");
    expect(() => sshToAgeRecipient(rsa)).toThrow(expect.objectContaining(unsupported));
    const secret = await unlockSshPrivateKey(parseSshPrivateKey(await readFile(at("rsa2048"), "utf8")));
    expect(() => sshToAgeIdentity(secret)).toThrow(expect.objectContaining(unsupported));
    await expect(tool("ssh-to-age", ["-private-key", "-i", at("rsa2048")])).rejects.toThrow("convert");
  });
});

describe.skipIf(!hasTool("expect"))("passphrases", () => {
  // What is typed before a program has turned off the echo can get lost: then it is typed again.
  const atTerminal = (age: string, args: readonly string[], typed: string) =>
    tool(
      "expect",
      [
        "-c",
        `log_user 0; set timeout 5; spawn -noecho ${age} ${args.join(" ")}; expect {
          -re {[Pp]assphrase[^\r\n]*: } { send "${typed}\r"; exp_continue }
          timeout { send "${typed}\r"; exp_continue }
          eof
        }; exit [lindex [wait] 3]`,
      ],
      { env: { PINENTRY_PROGRAM: "" } },
    );
  const passphrase = "open sesame";

  it.each(ages)("%s and we open what the other encrypts with one", async (age) => {
    await writeFile(
      at("scrypt.age"),
      await encryptAgeWithPassphrase(plain, passphrase, { workFactor: 12, format: "armor" }),
    );
    await rm(at("out"), { force: true });
    await atTerminal(age, ["-d", "-o", at("out"), at("scrypt.age")], passphrase);
    expect((await readFile(at("out"))).equals(plain)).toBe(true);
    // age needs a second for its work factor, and each release takes the same.
    if (age !== "age" && age !== "rage") return;
    await rm(at("theirs-scrypt.age"), { force: true });
    await atTerminal(age, ["-p", "-o", at("theirs-scrypt.age"), at("plain")], passphrase);
    const opened = await decryptAge(await readFile(at("theirs-scrypt.age")), [new ScryptIdentity(passphrase)]);
    expect(Buffer.from(opened).equals(plain)).toBe(true);
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
