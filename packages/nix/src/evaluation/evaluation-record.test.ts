import { drvPath, storePath } from "@flurry/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decodeRecord, encodeRecord, recordName } from "./evaluation-record.ts";
import type { EvaluationRecord } from "./evaluation-record.ts";

const path = storePath("/nix/store/80wv3klj0i0s9bxjbyjfipr3z3lmkrqa-x");
const dependency = fc.record({
  kind: fc.constantFrom("open", "stat", "lstat", "real", "input", "self", "names", "tree"),
  subject: fc.string({ unit: "binary" }),
  value: fc.string(),
});
const secret = { name: fc.string(), file: fc.string() };
const age = fc.record({ secrets: fc.array(fc.record(secret)), identityPaths: fc.array(fc.string()) });
const sops = fc.record({
  secrets: fc.array(fc.record({ ...secret, key: fc.string(), format: fc.constantFrom("yaml", "dotenv") })),
  sshKeyPaths: fc.array(fc.string()),
  hasAgeKeyFile: fc.boolean(),
  hasPgp: fc.boolean(),
});
const known = {
  dependencies: fc.array(dependency),
  drvPath: fc.constant(drvPath(`${path}.drv`)),
  outPath: fc.constant(path),
  system: fc.string(),
  log: fc.array(fc.record({ level: fc.constantFrom("info", "warn"), line: fc.string() })),
  proven: fc.boolean(),
  doubts: fc.array(fc.constantFrom("leak", "hash", "unseen", "refuted")),
} as const;
const records: fc.Arbitrary<EvaluationRecord> = fc.oneof(
  fc.record(known),
  fc.record({ ...known, secrets: fc.oneof(fc.record({ sops }), fc.record({ age }), fc.record({ sops, age })) }),
);

describe("encodeRecord", () => {
  it("is undone by decodeRecord", () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(decodeRecord(encodeRecord(record))).toEqual({ kind: "record", record });
      }),
    );
  });

  it("shows every change of a character", () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.constantFrom("x", "0", " ", "\n"), (record, at, letter) => {
        const text = encodeRecord(record);
        const place = at % text.length;
        fc.pre(text[place] !== letter);
        const decoded = decodeRecord(text.slice(0, place) + letter + text.slice(place + 1));
        expect(decoded.kind).not.toBe("record");
        expect(decodeRecord(text.slice(0, place)).kind).not.toBe("record");
      }),
    );
  });

  it.each([
    ["flurry-evaluation 2 abc\n{}\n", "other-version"],
    ["flurry-evaluation 1 abc\n{}\n", "damaged"],
    ["", "damaged"],
    ["something else", "damaged"],
  ])("reads %j", (text, kind) => {
    expect(decodeRecord(text)).toEqual({ kind });
  });
});

describe("recordName", () => {
  it("is that of the dependencies, in whichever order", () => {
    fc.assert(
      fc.property(records, records, (one, other) => {
        const turned = { ...other, dependencies: one.dependencies.toReversed() };
        expect(recordName(turned)).toBe(recordName(one));
      }),
    );
  });
});
