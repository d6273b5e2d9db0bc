import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";

import { parseSshPrivateKey, unlockSshPrivateKey } from "../age/ssh-private-key.ts";
import { sshIdentity } from "../age/ssh-stanzas.ts";
import { rotateSops } from "./change-recipients.ts";
import { changeValues } from "./change-values.ts";
import { parseSops, plaintextOf, treesOf, unlockSops } from "./document.ts";
import type { UnlockedSops } from "./document.ts";
import { ageOpener, ageWrapper } from "./keys/age.ts";
import { pgpOpener } from "./keys/pgp.ts";
import type { KeyOpener } from "./master-key.ts";
import { toPlain } from "./plain-value.ts";
import { replacePlaintext } from "./replace-plaintext.ts";
import { sopsFormatOf } from "./stores/stores.ts";

const folder = new URL("../../../../fixtures/vectors/", import.meta.url);
const read = (name: string): Buffer => readFileSync(new URL(name, folder));
const text = (name: string): string => read(name).toString();
const files = readdirSync(new URL("sops/files/", folder));
const now = new Date("2026-03-04T05:06:07Z");

const ageIdentity = (name: string): string => /^AGE-SECRET-KEY-.*$/m.exec(text(name))?.[0] ?? "";
const x25519 = ageOpener([ageIdentity("age/keys/x25519.txt")]);

async function openersFor(name: string): Promise<KeyOpener[]> {
  if (name.includes("hybrid")) return [ageOpener([ageIdentity("age/keys/hybrid.txt")])];
  for (const type of ["ed25519", "rsa"]) {
    if (!name.includes(type)) continue;
    return [ageOpener([sshIdentity(await unlockSshPrivateKey(parseSshPrivateKey(text(`age/keys/${type}`))))])];
  }
  const pgp = async () => pgpOpener([{ armored: text("sops/keys/pgp.asc") }]);
  if (name.includes("pgp")) return [await pgp()];
  if (name.includes("groups")) return [await pgp(), ageOpener([ageIdentity("sops/keys/other.txt")])];
  return [x25519];
}

const open = async (name: string, bytes: Buffer = read(`sops/files/${name}`)): Promise<UnlockedSops> =>
  unlockSops(parseSops(bytes, { format: sopsFormatOf(name), file: name }), await openersFor(name));

/** Numbers as JSON.parse has them; a float that is whole and a whole number are the same there. */
const valuesOf = (unlocked: UnlockedSops): unknown =>
  JSON.parse(
    JSON.stringify(toPlain(treesOf(unlocked)[0] ?? { kind: "map", items: [] }), (_, value: unknown) =>
      typeof value === "bigint" ? Number(value) : value,
    ),
  );

function expectedOf(plain: string): unknown {
  if (plain.endsWith(".bin")) return read("sops/plain/plain.bin");
  const expected = plain.startsWith("plain") || plain.startsWith("documents") ? plain : "small.yaml";
  return JSON.parse(text(`sops/expected/${expected}.json`), (_, value: unknown) => (Object.is(value, -0) ? 0 : value));
}

describe("files made by sops", () => {
  it("are all here", () => {
    expect(files.length).toBeGreaterThan(70);
  });

  it.each(files)("%s is read, and not touched by what changes nothing", async (name) => {
    const unlocked = await open(name);
    const plain = name.replace(/^[^-]*-/, "");
    const clear = plaintextOf(unlocked);
    const content = plain.endsWith(".bin") ? Buffer.from(clear) : valuesOf(unlocked);
    expect(content).toEqual(expectedOf(plain));
    expect(Buffer.from(replacePlaintext(unlocked, clear, { now }))).toEqual(read(`sops/files/${name}`));
  });

  it.each(files.filter((name) => name.endsWith("yaml")))(
    "%s: one new value changes its line, the mac and the time",
    async (name) => {
      const unlocked = await open(name);
      const key = name.includes("-plain") ? "str" : name.includes("documents") ? "a" : "a_x";
      const changed = Buffer.from(
        changeValues(unlocked, [{ kind: "set", path: [key], value: "another" }], { now }),
      ).toString();
      const before = text(`sops/files/${name}`).split("\n");
      const after = changed.split("\n");
      expect(after.length).toBe(before.length);
      const lines = after.filter((line, index) => line !== before[index]).map((line) => line.trim().split(":")[0]);
      expect(new Set(lines)).toEqual(new Set([key, "lastmodified", "mac"]));
      const edited = Buffer.from(plaintextOf(unlocked))
        .toString()
        .replace(new RegExp(`^${key}: .*$`, "m"), `${key}: another`);
      const replaced = Buffer.from(replacePlaintext(unlocked, Buffer.from(edited), { now })).toString();
      const strip = (line: string): boolean => !/^\s*mac:/.test(line) && !line.startsWith(`${key}:`);
      expect(replaced.split("\n").filter(strip)).toEqual(changed.split("\n").filter(strip));
    },
  );

  it.each(files.filter((name) => !/(pgp|groups|hybrid|ed25519|rsa)/.test(name)))(
    "%s is rotated and says the same",
    async (name) => {
      const unlocked = await open(name);
      const groups = [[ageWrapper(unlocked.file.metadata.groups[0]?.[0]?.id ?? "")]];
      const rotated = Buffer.from(await rotateSops(unlocked, { groups, now }));
      const again = await open(name, rotated);
      expect(Buffer.from(plaintextOf(again))).toEqual(Buffer.from(plaintextOf(unlocked)));
      const sealed = (bytes: Buffer): string[] => bytes.toString().match(/data:[^,]+,iv:/g) ?? [];
      const old = new Set(sealed(read(`sops/files/${name}`)).filter((data) => data.length > 20));
      expect(sealed(rotated).filter((data) => old.has(data))).toEqual([]);
    },
  );

  it("keep the texts of several documents", async () => {
    const unlocked = await open("3.13.3-documents.yaml");
    const documents = parseAllDocuments(Buffer.from(plaintextOf(unlocked)).toString()).map(
      (document) => document.toJS() as unknown,
    );
    expect(documents).toEqual([{ a: 1 }, { b: ["x"] }, { c: {} }]);
  });
});
