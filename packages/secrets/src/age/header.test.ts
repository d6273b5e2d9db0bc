import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";

import { FlurryError } from "@flurry/core";
import * as vectors from "cctv-age";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { withoutArmor } from "./armor.ts";
import { decryptAge } from "./decrypt.ts";
import { parseAgeHeader, printAgeHeader } from "./header.ts";
import { inspectAge } from "./inspect.ts";
import { ScryptIdentity } from "./scrypt-identity.ts";

const expectations: Readonly<Record<string, readonly string[]>> = {
  // A wrong passphrase is said as what it is; to the vectors it is a stanza that matches nobody.
  "no match": ["FLURRY_AGE_NO_MATCH", "FLURRY_AGE_PASSPHRASE_WRONG"],
  "HMAC failure": ["FLURRY_AGE_HEADER_INVALID"],
  "header failure": ["FLURRY_AGE_HEADER_INVALID", "FLURRY_AGE_TOO_LARGE"],
  "armor failure": ["FLURRY_AGE_HEADER_INVALID"],
  "payload failure": ["FLURRY_AGE_PAYLOAD_INVALID"],
};

function readVector(bytes: Uint8Array) {
  const text = Buffer.from(bytes).toString("latin1");
  const end = text.indexOf("\n\n");
  const fields = text
    .slice(0, end)
    .split("\n")
    .map((line) => line.split(": ", 2) as [string, string]);
  const all = (key: string): string[] => fields.filter(([name]) => name === key).map(([, value]) => value);
  const body = bytes.subarray(end + 2);
  return {
    expect: all("expect")[0] ?? "",
    payload: all("payload")[0],
    identities: [...all("identity"), ...all("passphrase").map((passphrase) => new ScryptIdentity(passphrase))],
    file: all("compressed")[0] === "zlib" ? new Uint8Array(inflateSync(body)) : body,
  };
}

const all = Object.entries({ ...vectors }).map(([name, bytes]) => ({ name, ...readVector(bytes) }));
const good = all.filter(({ expect }) => expect === "success");
const bad = all.filter(({ expect }) => expect !== "success");
const parseable = all.filter(({ expect }) => expect !== "armor failure" && expect !== "header failure");

describe("CCTV vectors of age", () => {
  it("are all there", () => expect(all.length).toBeGreaterThanOrEqual(143));

  it.each(good)("$name opens", async ({ file, identities, payload }) => {
    const plain = await decryptAge(file, identities);
    expect(createHash("sha256").update(plain).digest("hex")).toBe(payload);
  });

  it.each(bad)("$name: $expect", async ({ name, file, identities, expect: failure }) => {
    const error: unknown = await decryptAge(file, identities).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(FlurryError.is(error)).toBe(true);
    // Where the payload is too short for its nonce, the vectors count that as a failure of the header.
    const accepted = name.endsWith("_nonce") ? ["FLURRY_AGE_PAYLOAD_INVALID"] : expectations[failure];
    expect(accepted).toContain(FlurryError.from(error).code);
  });

  it.each(parseable)("$name: the header prints as it was read", ({ file }) => {
    const binary = withoutArmor(file);
    const header = parseAgeHeader(binary);
    expect(Buffer.compare(printAgeHeader(header), binary.subarray(0, header.length))).toBe(0);
  });

  it("with a malformed header or armor are inspected to a typed error, or read when only an identity can tell", () => {
    for (const { file } of bad) expect(attempt(() => inspectAge(file))).not.toBe("FLURRY_INTERNAL");
  });
});

/** "done", or the code of what was thrown. */
function attempt(action: () => unknown): string {
  try {
    action();
    return "done";
  } catch (error) {
    return FlurryError.from(error).code;
  }
}

const token = fc.stringMatching(/^[!-~]{1,40}$/);
const stanza = fc.record({
  type: token,
  args: fc.array(token, { maxLength: 4 }),
  body: fc.uint8Array({ maxLength: 200 }),
});

describe("parseAgeHeader", () => {
  it("is the inverse of printAgeHeader", () => {
    fc.assert(
      fc.property(
        fc.array(stanza, { maxLength: 5 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array(),
        (stanzas, mac, payload) => {
          const printed = printAgeHeader({ stanzas, mac });
          const header = parseAgeHeader(Buffer.concat([printed, payload]));
          expect(header.length).toBe(printed.length);
          expect(header.stanzas.map((one) => ({ ...one, body: [...one.body] }))).toEqual(
            stanzas.map((one) => ({ ...one, body: [...one.body] })),
          );
          expect([...header.mac]).toEqual([...mac]);
        },
      ),
    );
  });

  it("answers any bytes with a header or a typed error", () => {
    const heads = fc.constantFrom(
      "",
      "age-encryption.org/v1\n",
      "age-encryption.org/v1\n-> X25519 ",
      "-----BEGIN AGE ENCRYPTED FILE-----\n",
    );
    fc.assert(
      fc.property(heads, fc.uint8Array({ maxLength: 300 }), (head, bytes) => {
        expect(attempt(() => inspectAge(Buffer.concat([Buffer.from(head), bytes])))).not.toBe("FLURRY_INTERNAL");
      }),
    );
  });

  it("reads 10,000 recipients and refuses one more", () => {
    const stanzas = (count: number) =>
      printAgeHeader({
        stanzas: Array.from({ length: count }, () => ({
          type: "X25519",
          args: ["x".repeat(43)],
          body: new Uint8Array(32),
        })),
        mac: new Uint8Array(32),
      });
    expect(parseAgeHeader(stanzas(10_000)).stanzas).toHaveLength(10_000);
    expect(() => parseAgeHeader(stanzas(10_001))).toThrow(expect.objectContaining({ code: "FLURRY_AGE_TOO_LARGE" }));
  });

  it("does not read an endless line", () => {
    const file = Buffer.alloc(40 * 1024 * 1024, "a");
    file.write("age-encryption.org/v1\n-> ");
    expect(() => parseAgeHeader(file)).toThrow(expect.objectContaining({ code: "FLURRY_AGE_TOO_LARGE" }));
  });
});
