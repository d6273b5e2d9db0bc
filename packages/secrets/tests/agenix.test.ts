import { cp, lstat, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";

import { tempDir } from "@flurry/core";
import type { TempDir } from "@flurry/core";
import {
  decryptAgenixFile,
  inspectAge,
  openIdentity,
  parseIdentityFile,
  parseSshPublicKey,
  planAgenixRekey,
  prepareAgenixRekey,
  readAgenixFile,
  readAgenixRules,
  unlockIdentities,
  writeAgenixFile,
  writeAgenixRewrites,
} from "@flurry/secrets";
import type { AgenixRules } from "@flurry/secrets";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { tool } from "./real-tools.ts";

const example = new URL("../../../fixtures/vectors/age/agenix/", import.meta.url).pathname;
const contents: Readonly<Record<string, string>> = {
  "-leading-hyphen-filename.age": "filename started with hyphen\n",
  "armored-secret.age": "Hello World!\n",
  "passwordfile-user1.age": "$6$",
  "secret1.age": "hello\n",
  "secret2.age": "world!\n",
};

let dir: TempDir;
const at = (name: string): string => join(dir.path, name);

beforeEach(async () => {
  dir = await tempDir("flurry-agenix");
  await cp(example, dir.path, { recursive: true });
});
afterEach(async () => {
  await dir[Symbol.asyncDispose]();
});

/** What the nix package does for the command line: the value of a Nix file as JSON. */
async function evaluateNix(file: string): Promise<unknown> {
  const env = { NIX_CONFIG: "substituters =\nbuild-users-group =", NIX_REMOTE: `local?root=${at("store")}` };
  return JSON.parse(await tool("nix-instantiate", ["--eval", "--strict", "--json", "--readonly-mode", file], { env }));
}

const rules = (): Promise<AgenixRules> => readAgenixRules(at("secrets.nix"), evaluateNix);
const identities = async (name: string) =>
  parseIdentityFile(await readFile(at(`keys/${name}`)), { name }).map((source) => openIdentity(source));

async function replaceInRules(from: string | RegExp, to: string): Promise<void> {
  const before = await readFile(at("secrets.nix"), "utf8");
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  await writeFile(at("secrets.nix"), after);
}

const statuses = async () =>
  Object.fromEntries((await planAgenixRekey(await rules())).map(({ rule, status }) => [rule.file, status]));

describe("agenix's own example", () => {
  it("reads its secrets.nix through Nix, and every file is current", async () => {
    expect(await statuses()).toEqual(Object.fromEntries(Object.keys(contents).map((file) => [file, "current"])));
  });

  it("opens its files, also those of rage", async () => {
    for (const { file, path } of (await rules()).rules) {
      const read = await readAgenixFile(path);
      if (read === undefined) throw new Error(`${file} is gone`);
      const plain = Buffer.from(await decryptAgenixFile(read, await identities("user1"), path)).toString();
      expect(plain.startsWith(contents[file] ?? "none")).toBe(true);
    }
    const noisy = await readAgenixFile(at("passwordfile-user1.age"));
    expect(noisy?.inspection.recipients.map(({ kind }) => kind)).toContain("grease");
  });

  it("names the host's key by its tag", async () => {
    const { tag } = parseSshPublicKey(await readFile(at("keys/system1.pub"), "utf8"));
    const file = await readAgenixFile(at("secret1.age"));
    expect(file?.inspection.recipients.map((recipient) => recipient.tag)).toContain(tag);
  });
});

describe("rekeying", () => {
  it("touches only files whose recipients drifted, and age opens them with the new key", async () => {
    await tool("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "new host", "-f", at("keys/new")]);
    const added = (await readFile(at("keys/new.pub"), "utf8")).trim();
    await replaceInRules("publicKeys = [ user1 ];\n    armor", `publicKeys = [ user1 "${added}" ];\n    armor`);
    await replaceInRules(/"secret1\.age"\.publicKeys = \[\s+user1\s+system1/, '"secret1.age".publicKeys = [ user1');
    const before = await Promise.all(Object.keys(contents).map((name) => readFile(at(name), "latin1")));
    const plan = await planAgenixRekey(await rules());
    const drifted = plan.filter(({ status }) => status === "drifted");
    expect(drifted.map(({ rule }) => rule.file)).toEqual(["armored-secret.age", "secret1.age"]);
    expect(
      drifted.map((entry) => (entry.status === "absent" ? [] : [entry.drift.missing, entry.drift.extra.length])),
    ).toEqual([
      [[added], 0],
      [[], 1],
    ]);

    const rewrites = await prepareAgenixRekey(plan, await identities("user1"));
    expect(await Promise.all(Object.keys(contents).map((name) => readFile(at(name), "latin1")))).toEqual(before);
    await writeAgenixRewrites(rewrites);
    const changed = [];
    for (const [index, name] of Object.keys(contents).entries())
      if ((await readFile(at(name), "latin1")) !== before[index]) changed.push(name);
    expect(changed).toEqual(["armored-secret.age", "secret1.age"]);
    expect(await tool("/usr/bin/age", ["-d", "-i", at("keys/new"), at("armored-secret.age")])).toBe("Hello World!\n");
    expect(await tool("/usr/bin/age", ["-d", "-i", at("keys/user1"), at("secret1.age")])).toBe("hello\n");
    await expect(tool("/usr/bin/age", ["-d", "-i", at("keys/system1"), at("secret1.age")])).rejects.toThrow(
      "no identity matched",
    );
    expect(inspectAge(await readFile(at("armored-secret.age"))).armored).toBe(true);
    expect(Object.values(await statuses()).every((status) => status === "current")).toBe(true);
  });

  it("changes nothing when one file cannot be opened, and names every such file", async () => {
    await replaceInRules(
      'user1 = "',
      'user1 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOHz+U0YtjINc54dZiJNclfmEFifF7RXCFlNlTbuZBji"; old = "',
    );
    const plan = await planAgenixRekey(await rules());
    expect(plan.every(({ status }) => status === "drifted")).toBe(true);
    await expect(prepareAgenixRekey(plan, await identities("system1"))).rejects.toMatchObject({
      code: "FLURRY_AGENIX_REKEY_FAILED",
      details: expect.stringMatching(/armored-secret\.age.*\nsecret2\.age/),
    });
  });

  it("says unknown for X25519 recipients, and rekeys these when told to", async () => {
    await tool("age-keygen", ["-o", at("keys/x25519")]);
    const recipient = (await tool("age-keygen", ["-y", at("keys/x25519")])).trim();
    await replaceInRules('"secret2.age".publicKeys = [ user1 ]', `"secret2.age".publicKeys = [ user1 "${recipient}" ]`);
    await writeAgenixRewrites(
      await prepareAgenixRekey(await planAgenixRekey(await rules()), await identities("user1")),
    );
    const plan = await planAgenixRekey(await rules());
    expect(plan.find(({ rule }) => rule.file === "secret2.age")).toMatchObject({
      status: "unknown",
      drift: { undecided: [recipient] },
    });
    expect(await prepareAgenixRekey(plan, await identities("user1"))).toEqual([]);
    expect(await prepareAgenixRekey(plan, await identities("x25519"), { unknown: "rekey" })).toMatchObject([
      { path: at("secret2.age") },
    ]);
  });

  it("puts back what was written when a file cannot be written", async () => {
    await replaceInRules(/system1 = "[^"]+"/, `system1 = "${(await readFile(at("keys/user1.pub"), "utf8")).trim()}"`);
    const rewrites = await prepareAgenixRekey(await planAgenixRekey(await rules()), await identities("user1"));
    const before = await Promise.all(rewrites.map(({ path }) => readFile(path, "latin1")));
    const last = rewrites.at(-1);
    if (last === undefined) throw new Error("nothing to write");
    await cp(last.path, at("elsewhere"));
    await rm(last.path);
    await symlink(at("elsewhere"), last.path);
    await expect(writeAgenixRewrites(rewrites)).rejects.toMatchObject({ code: "FLURRY_AGENIX_REKEY_FAILED" });
    expect(await Promise.all(rewrites.map(({ path }) => readFile(path, "latin1")))).toEqual(before);
    expect((await lstat(last.path)).isSymbolicLink()).toBe(true);
  });

  it("says that a file is not there yet, and writes it", async () => {
    await replaceInRules('"secret2.age"', '"new/token.age"');
    const entry = (await planAgenixRekey(await rules())).find(({ rule }) => rule.file === "new/token.age");
    expect(entry?.status).toBe("absent");
    if (entry === undefined) return;
    await writeAgenixFile(Buffer.from("fresh"), entry.rule);
    expect(await tool("/usr/bin/age", ["-d", "-i", at("keys/user1"), at("new/token.age")])).toBe("fresh");
  });

  it("names a file that is damaged", async () => {
    await writeFile(at("secret1.age"), "age-encryption.org/v1\n-> ssh-ed25519");
    await expect(planAgenixRekey(await rules())).rejects.toMatchObject({
      code: "FLURRY_AGE_HEADER_INVALID",
      place: { file: at("secret1.age") },
    });
  });
});

describe("opened identities", () => {
  it("do not show their secret when they are printed", async () => {
    const sources = parseIdentityFile(await readFile(at("keys/user1")), { name: "user1" });
    const [unlocked] = await unlockIdentities(sources);
    if (unlocked?.kind !== "ssh" || unlocked.secret.kind !== "ssh-ed25519") throw new Error("not an ssh key");
    const [opened] = sources.map((source) => openIdentity(source));
    const seed = [...unlocked.secret.seed.subarray(0, 4)];
    const printed = inspect([opened, sources], { depth: 10, showHidden: true });
    expect(printed).not.toContain(seed.join(", "));
    expect(printed).not.toContain(seed.map((byte) => byte.toString(16).padStart(2, "0")).join(" "));
  });
});
