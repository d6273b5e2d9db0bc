import { FlurryError } from "@flurry/core";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { describe, expect, it } from "vitest";

import {
  ageOpener,
  ageWrapper,
  decryptAge,
  encryptAge,
  encryptSops,
  inspectAge,
  parseRecipient,
  parseSops,
  parseSshPrivateKey,
  parseSshPublicKey,
  sopsPolicy,
  unlockSops,
} from "../src/index.ts";
import { fuzz } from "./fuzz/fuzz.ts";
import { targets } from "./fuzz/targets.ts";

const number = (name: string, fallback: number): number => Number(process.env[name] ?? fallback);
const seconds = number("FLURRY_FUZZ_SECONDS", 60);

/** Longer runs: npm run test:fuzz -- --seed 7 --count 5000 --seconds 600 */
it(
  "mutated files are taken or refused with a typed error, and soon",
  { timeout: seconds * 1000 + 180_000 },
  async () => {
    const seed = number("FLURRY_FUZZ_SEED", 1);
    const count = number("FLURRY_FUZZ_COUNT", 100);
    const { inputs, findings } = await fuzz(await targets(), { seed, count, timeLimitMs: seconds * 1000 });
    expect(findings).toEqual([]);
    expect(inputs).toBeGreaterThan(20);
  },
);

/** The code of the error, with the memory that it took to find out. */
async function outcome(run: () => unknown): Promise<{ readonly code: string; readonly megabytes: number }> {
  const before = process.resourceUsage().maxRSS;
  let code = "none";
  try {
    await run();
  } catch (error) {
    if (!FlurryError.is(error)) throw error;
    ({ code } = error);
  }
  return { code, megabytes: (process.resourceUsage().maxRSS - before) / 1024 };
}

const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);
const now = new Date("2026-01-02T03:04:05Z");

function wireText(...parts: readonly (Uint8Array | number)[]): string {
  const bytes = parts.map((part) => {
    if (typeof part !== "number") return part;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part);
    return length;
  });
  return Buffer.concat(bytes).toString("base64");
}

const keyBegin = Buffer.from("openssh-key-v1\0");
const none = [4, Buffer.from("none"), 4, Buffer.from("none"), 0] as const;
const pem = (body: string): string =>
  `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.replaceAll(/.{70}/g, "$&\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
const ages = `sops:\n    lastmodified: "2026-01-01T00:00:00Z"\n    mac: x\n    version: "3"\n`;
const flat = (line: string): string =>
  `A=x\nsops_lastmodified=2026-01-01T00:00:00Z\nsops_mac=x\nsops_version=3\n${line}\n`;

describe("an attack", () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      "a length of 1 GiB in an SSH private key",
      () => parseSshPrivateKey(pem(wireText(keyBegin, 0x40000000, Buffer.alloc(100)))),
      /^FLURRY_SSH_KEY_INVALID$/,
    ],
    [
      "a length of 1 GiB in its public part",
      () => parseSshPrivateKey(pem(wireText(keyBegin, ...none, 1, 0x40000000, Buffer.alloc(100)))),
      /^FLURRY_SSH_KEY_INVALID$/,
    ],
    [
      "a length of 1 GiB in an SSH public key",
      () => parseSshPublicKey(`ssh-rsa ${wireText(7, Buffer.from("ssh-rsa"), 0x40000000, Buffer.alloc(9))}`),
      /^FLURRY_SSH_KEY_INVALID$/,
    ],
    [
      "four billion rounds of bcrypt",
      () => {
        const options = Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.alloc(16), Buffer.from("ffffffff", "hex")]);
        const head = [
          keyBegin,
          10,
          Buffer.from("aes256-ctr"),
          6,
          Buffer.from("bcrypt"),
          options.length,
          options,
        ] as const;
        const blob = Buffer.concat([
          Buffer.from([0, 0, 0, 11]),
          Buffer.from("ssh-ed25519"),
          Buffer.from([0, 0, 0, 32]),
          Buffer.alloc(32, 1),
        ]);
        return parseSshPrivateKey(pem(wireText(...head, 1, blob.length, blob, 64, Buffer.alloc(64)))).open("x");
      },
      /^FLURRY_SSH_KEY_/,
    ],
    [
      "a work factor of 2^63 in an age file",
      () => {
        const stanza = `-> scrypt ${"A".repeat(22)} 63\n${"A".repeat(43)}\n`;
        return decryptAge(Buffer.from(`age-encryption.org/v1\n${stanza}--- ${"A".repeat(43)}\n${"x".repeat(64)}`), [
          identity,
        ]);
      },
      /^FLURRY_AGE_/,
    ],
    [
      "10,000 recipients of an age file",
      () => {
        const stanza = `-> X25519 ${"A".repeat(43)}\n${"A".repeat(43)}\n`;
        const header = `age-encryption.org/v1\n${stanza.repeat(10_000)}--- ${"A".repeat(43)}\n`;
        return [
          inspectAge(Buffer.from(header + "x".repeat(64))),
          decryptAge(Buffer.from(header + "x".repeat(64)), [identity]),
        ][1];
      },
      /^FLURRY_AGE_/,
    ],
    [
      "a line of 64 MiB in an age header",
      () => inspectAge(Buffer.from(`age-encryption.org/v1\n-> X25519 ${"A".repeat(64 * 1024 * 1024)}\n`)),
      /^FLURRY_AGE_/,
    ],
    [
      "an alias bomb in a rule file",
      () => {
        const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
        for (let level = 1; level < 12; level++)
          lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
        return sopsPolicy(`${lines.join("\n")}\ncreation_rules:\n  - age: *a11\n`, "/repo/.sops.yaml");
      },
      /^none$|^FLURRY_POLICY_INVALID$/,
    ],
    [
      "brackets without end in a rule file",
      () => sopsPolicy(`creation_rules: ${"[".repeat(200_000)}`, "/repo/.sops.yaml"),
      /^FLURRY_POLICY_INVALID$/,
    ],
    [
      "a list of four billion keys in dotenv",
      () => parseSops(Buffer.from(flat("sops_age__list_4294967294__map_enc=x")), { format: "dotenv" }),
      /^FLURRY_SOPS_/,
    ],
    [
      "keys nested 10,000 times in dotenv",
      () => parseSops(Buffer.from(flat(`sops_a${"__map_a".repeat(10_000)}=x`)), { format: "dotenv" }),
      /^FLURRY_SOPS_/,
    ],
    [
      "a threshold of four billion",
      () =>
        unlockSops(
          parseSops(
            Buffer.from(
              `a: x\n${ages}    shamir_threshold: 4294967295\n    key_groups:\n        - age: [{recipient: a, enc: x}]\n        - age: [{recipient: b, enc: x}]\n`,
            ),
            { format: "yaml" },
          ),
          [ageOpener([identity])],
        ),
      /^FLURRY_SOPS_/,
    ],
  ])("%s is over soon", async (_, run, code) => {
    const result = await outcome(run);
    expect(result.code).toMatch(code);
    expect(result.megabytes).toBeLessThan(700);
  });

  it("10,000 recipients of a SOPS file take their time and no more", async () => {
    const one = ageWrapper(recipient);
    const sealed = Buffer.from(
      await encryptSops(Buffer.from("a: x\n"), { format: "yaml", groups: [[one]], now }),
    ).toString();
    const [entry = ""] = /^ +- enc: \|\n(?: {12,}\S.*\n)+ +recipient: .*\n/m.exec(sealed) ?? [];
    expect(entry).not.toBe("");
    const others = entry.replace(recipient, "age1somebodyelse").repeat(9999);
    const many = Buffer.from(sealed.replace(entry, () => others + entry));
    const { code, megabytes } = await outcome(() =>
      unlockSops(parseSops(many, { format: "yaml" }), [ageOpener([identity])]),
    );
    expect(code).toMatch(/^none$|^FLURRY_SOPS_LIMIT$/);
    expect(megabytes).toBeLessThan(1500);
  });

  it("10,000 recipients of an age file that is to be written", async () => {
    const recipients = Array.from({ length: 10_000 }, () => parseRecipient(recipient));
    const { code } = await outcome(() => encryptAge(Buffer.from("x"), recipients));
    expect(code).toBe("none");
  });
});
