import { mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { drvPath, storePath, tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { encodeRecord } from "./evaluation-record.ts";
import type { EvaluationRecord } from "./evaluation-record.ts";
import { RecordStore, pruneRecords } from "./record-store.ts";

const path = storePath("/nix/store/80wv3klj0i0s9bxjbyjfipr3z3lmkrqa-x");
const nas = { host: "nas", attrPath: ["nixosConfigurations", "nas"] };
const web = { host: "web", attrPath: ["nixosConfigurations", "web"] };

function record(value: string): EvaluationRecord {
  return {
    dependencies: [{ kind: "open", subject: "/a", value }],
    drvPath: drvPath(`${path}.drv`),
    outPath: path,
    system: "x86_64-linux",
    log: [],
    proven: false,
    doubts: [],
  };
}

async function cache() {
  const temp = await tempDir("flurry-records");
  const directory = join(temp.path, "v1");
  const warnings: string[] = [];
  const open = (environment = "e"): RecordStore =>
    new RecordStore({ directory, environment, warn: (line) => void warnings.push(line) });
  const folder = join(directory, "records/e");
  const files = (): readonly string[] => readdirSync(folder).map((name) => join(folder, name));
  return { ...temp, directory, folder, open, files, warnings };
}

describe("RecordStore", () => {
  it("finds what was put, by host and environment, the last one used first", async () => {
    await using place = await cache();
    const store = place.open();
    await store.put(nas, record("1"));
    await store.put(nas, record("2"));
    await store.put(web, record("3"));
    const values = async (): Promise<readonly string[]> =>
      (await place.open().find(nas)).flatMap(({ record }) => record.dependencies.map(({ value }) => value));
    const first = (await place.open().find(nas)).find(({ record }) => record.dependencies[0]?.value === "1");
    if (first === undefined) throw new Error("not found");
    await store.touch(first, new Date(Date.now() + 5000));
    expect(await values()).toEqual(["1", "2"]);
    expect(await place.open("other").find(nas)).toEqual([]);
    expect(place.warnings).toEqual([]);
  });

  it("keeps the last eight of a host", async () => {
    await using place = await cache();
    for (let number = 0; number < 12; number++) await place.open().put(nas, record(String(number)));
    expect(place.files()).toHaveLength(8);
  });

  it("takes what is damaged, of another version or unreadable for nothing, and says so once", async () => {
    await using place = await cache();
    await place.open().put(nas, record("1"));
    const [file = ""] = place.files();
    const whole = readFileSync(file, "utf8");
    const cases: readonly (readonly [content: string | undefined, warning: RegExp, stays: boolean])[] = [
      [whole.slice(0, whole.length / 2), /is damaged and is removed/, false],
      ["", /is damaged/, false],
      [whole.replace("evaluation 1", "evaluation 2"), /of another version/, true],
      // A directory in its place: not even root can read that.
      [undefined, /cannot be read: EISDIR/, true],
    ];
    for (const [content, warning, stays] of cases) {
      rmSync(file, { recursive: true, force: true });
      if (content === undefined) mkdirSync(file);
      else writeFileSync(file, content);
      place.warnings.length = 0;
      const store = place.open();
      expect(await store.find(nas)).toEqual([]);
      await store.find(nas);
      expect(place.warnings).toHaveLength(1);
      expect(place.warnings[0]).toMatch(warning);
      expect(place.files().length > 0).toBe(stays);
    }
  });

  it("goes on without a place to write to", async () => {
    await using place = await cache();
    writeFileSync(place.directory, "a file in the place of the directory");
    const store = place.open();
    await store.put(nas, record("1"));
    await store.put(nas, record("2"));
    expect(await store.find(nas)).toEqual([]);
    await store.refute(nas, "no");
    expect(place.warnings.filter((line) => /cannot be remembered/.test(line))).toHaveLength(1);
  });

  it("remembers hosts whose proof failed, until one does not", async () => {
    await using place = await cache();
    await place.open().refute(nas, "another derivation");
    expect(await place.open("other").isRefuted(nas)).toBe(true);
    expect(await place.open().isRefuted(web)).toBe(false);
    await place.open().unrefute(nas);
    expect(await place.open().isRefuted(nas)).toBe(false);
  });
});

describe("pruneRecords", () => {
  it("removes the oldest until the rest fits, and old leftovers", async () => {
    await using place = await cache();
    for (const value of ["1", "2", "3"]) await place.open().put(nas, record(value));
    const bytes = encodeRecord(record("1")).length;
    const found = await place.open().find(nas);
    const now = Date.now();
    for (const { file, record } of found) {
      const age = Number(record.dependencies[0]?.value) * 60;
      utimesSync(file, now / 1000 - age, now / 1000 - age);
    }
    const leftover = join(place.folder, "0123.12345");
    writeFileSync(leftover, "half");
    await pruneRecords(place.directory, { maxBytes: 2 * bytes + 100, now });
    const values = (await place.open().find(nas)).map(({ record }) => record.dependencies[0]?.value);
    expect(values).toEqual(["1", "2"]);
    // It may still be written to.
    expect(place.files()).toContain(leftover);
    await pruneRecords(place.directory, { maxBytes: 2 * bytes + 100, now: now + 7_200_000 });
    expect(place.files()).toHaveLength(2);
  });

  it("does nothing where there is nothing", async () => {
    await using place = await cache();
    await expect(pruneRecords(place.directory, { maxBytes: 0, now: 0 })).resolves.toBeUndefined();
  });
});
