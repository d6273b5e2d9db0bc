import { FlurryError } from "@flurry/core";
import bcrypt from "bcrypt-pbkdf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { bcryptKdf } from "./bcrypt-kdf.ts";
import { parseOpenSshKeyV1 } from "./openssh-key-v1.ts";
import { parseSshPublicKey, parseSshPublicKeyBlob, sshPublicKeyLine } from "./ssh-public-key.ts";
import { sshToAgeRecipient, sshToAgeRecipients } from "./ssh-to-age.ts";
import { SshWireReader, sshMpint, sshStrings } from "./ssh-wire.ts";

// A key of agenix's example.
const line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL0idNvgGiucWgup/mP78zyC23uFjYq0evcWdjGQUaBH root@nas";
const invalid = { code: "FLURRY_SSH_KEY_INVALID" };
const unsupported = { code: "FLURRY_SSH_KEY_UNSUPPORTED" };

describe("parseSshPublicKey", () => {
  it.each([
    ["a .pub file", `${line}\n`, "root@nas"],
    ["without a comment", line.split(" ").slice(0, 2).join(" "), ""],
    ["a comment with blanks", `${line} of the  shelf`, "root@nas of the shelf"],
    ["options before the key", `from="10.0.0.1,ssh-rsa",command="echo \\"ssh-ed25519 x\\"" ${line}`, "root@nas"],
    ["known_hosts", `nas.lan,10.0.0.4 ${line.split(" ").slice(0, 2).join(" ")}`, ""],
    ["hashed known_hosts", `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${line}`, "root@nas"],
  ])("reads %s", (_, text, comment) => {
    const key = parseSshPublicKey(text);
    expect([key.kind, key.comment, key.tag.length]).toEqual(["ssh-ed25519", comment, 6]);
    expect(parseSshPublicKey(sshPublicKeyLine(key))).toEqual(key);
  });

  it.each([
    ["nothing", "", invalid],
    ["another text", "hello world", invalid],
    ["a type alone", "ssh-ed25519", invalid],
    ["a key that was cut off", line.slice(0, 60), invalid],
    ["base64 without its end", line.replace("aBH root", " root"), invalid],
    ["another type than it says", line.replace("ssh-ed25519", "ssh-rsa"), invalid],
    ["a line of 1 MiB", `ssh-ed25519 ${"A".repeat(1 << 20)}`, invalid],
    [
      "a type that age has no stanza for",
      "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA==",
      unsupported,
    ],
  ])("refuses %s", (_, text, error) => {
    expect(() => parseSshPublicKey(text, { place: { file: "keys", line: 3 } })).toThrow(
      expect.objectContaining({ ...error, place: { file: "keys", line: 3 } }),
    );
  });

  it.each([
    ["a point of small order", sshStrings("ssh-ed25519", Uint8Array.of(1, ...new Uint8Array(31))), invalid],
    ["a point that is not on the curve", sshStrings("ssh-ed25519", Uint8Array.of(2, ...new Uint8Array(31))), invalid],
    ["a short point", sshStrings("ssh-ed25519", new Uint8Array(31)), invalid],
    ["bytes behind it", Buffer.concat([parseSshPublicKey(line).blob, Uint8Array.of(0)]), invalid],
    ["RSA of 1024 bits", rsa({ bits: 1024 }), unsupported],
    ["RSA of 2047 bits", rsa({ bits: 2047 }), unsupported],
    ["RSA of 32768 bits", rsa({ bits: 32_768 }), unsupported],
    ["RSA with an even exponent", rsa({ bits: 2048, exponent: [4] }), invalid],
    ["RSA with the exponent 1", rsa({ bits: 2048, exponent: [1] }), invalid],
    ["RSA with a huge exponent", rsa({ bits: 2048, exponent: [1, 0, 0, 0, 1] }), invalid],
    [
      "a number that is not in its shortest form",
      sshStrings("ssh-rsa", Uint8Array.of(0, 3), sshMpint(modulus(2048))),
      invalid,
    ],
    ["a negative number", sshStrings("ssh-rsa", Uint8Array.of(3), modulus(2048)), invalid],
  ])("refuses a key with %s", (_, blob, error) => {
    expect(() => parseSshPublicKeyBlob(blob)).toThrow(expect.objectContaining(error));
  });

  it("reads RSA of 2048 and 16384 bits", () => {
    for (const bits of [2048, 3072, 4096, 16_384]) expect(parseSshPublicKeyBlob(rsa({ bits })).kind).toBe("ssh-rsa");
  });

  it("answers any bytes with a key or a typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom("ssh-ed25519", "ssh-rsa", ""), (bytes, type) => {
        expect(outcome(() => parseSshPublicKeyBlob(Buffer.concat([sshStrings(type), bytes])))).toMatch(keyOrError);
      }),
    );
  });
});

const keyOrError = /^(?:key|FLURRY_SSH_KEY_.*)$/;

/** "key", or the code of what was thrown. */
function outcome(parse: () => unknown): string {
  try {
    parse();
    return "key";
  } catch (error) {
    return FlurryError.from(error).code;
  }
}

function modulus(bits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
  bytes[0] = 0xff >> (bytes.length * 8 - bits);
  return bytes;
}

function rsa({ bits, exponent = [1, 0, 1] }: { bits: number; exponent?: number[] }): Uint8Array {
  return sshStrings("ssh-rsa", sshMpint(Uint8Array.from(exponent)), sshMpint(modulus(bits)));
}

describe("SshWireReader", () => {
  it("does not believe a length field of 1 GiB", () => {
    const bytes = Buffer.from("400000000000", "hex");
    expect(() => new SshWireReader(bytes, "it").string()).toThrow(expect.objectContaining(invalid));
  });

  it("reads what sshStrings wrote", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (fields) => {
        const reader = new SshWireReader(sshStrings(...fields), "it");
        for (const field of fields) expect([...reader.string()]).toEqual([...field]);
        reader.end();
      }),
    );
  });
});

describe("parseOpenSshKeyV1", () => {
  const pub = parseSshPublicKey(line).blob;
  const uint32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const container = ({ cipher = "aes256-ctr", kdf = "bcrypt", rounds = 16, count = 1, secret = new Uint8Array(32) }) =>
    Buffer.concat([
      Buffer.from("openssh-key-v1\0"),
      sshStrings(cipher, kdf, kdf === "none" ? "" : Buffer.concat([sshStrings(new Uint8Array(16)), uint32(rounds)])),
      uint32(count),
      sshStrings(pub, secret),
    ]);

  it("reads the outside without a passphrase", () => {
    expect(parseOpenSshKeyV1(container({})).publicKey.tag).toBe(parseSshPublicKey(line).tag);
  });

  it.each([
    ["4,294,967,295 rounds of bcrypt", { rounds: 0xff_ff_ff_ff }, unsupported],
    ["no rounds", { rounds: 0 }, invalid],
    ["an unknown cipher", { cipher: "rot13" }, unsupported],
    ["an unknown way to derive the key", { kdf: "md5" }, unsupported],
    ["a cipher without a key", { kdf: "none" }, invalid],
    ["two keys", { count: 2 }, unsupported],
    ["half a block", { secret: new Uint8Array(24) }, invalid],
    ["no secret part", { secret: new Uint8Array(0) }, invalid],
  ])("refuses %s", (_, changes, error) => {
    expect(() => parseOpenSshKeyV1(container(changes))).toThrow(expect.objectContaining(error));
  });

  it("answers any bytes with a key or a typed error", () => {
    const whole = container({});
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 40 }), (at, bytes) => {
        expect(
          outcome(() =>
            parseOpenSshKeyV1(Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at + bytes.length)])),
          ),
        ).toMatch(keyOrError);
      }),
    );
  });
});

describe("bcryptKdf", () => {
  it.each([
    [32, 1],
    [33, 2],
    [48, 3],
    [64, 1],
    [76, 2],
  ])("agrees with OpenBSD's for %i bytes and %i rounds", async (length, rounds) => {
    const salt = Uint8Array.from({ length: 16 }, (_, index) => index * 7);
    const expected = new Uint8Array(length);
    const passphrase = Buffer.from("grüße");
    bcrypt.pbkdf(new Uint8Array(passphrase), passphrase.length, salt, salt.length, expected, length, rounds);
    expect(Buffer.from(await bcryptKdf({ passphrase: "grüße", salt, rounds, length })).toString("hex")).toBe(
      Buffer.from(expected).toString("hex"),
    );
  });

  it("can be given up", async () => {
    const controller = new AbortController();
    const work = bcryptKdf({ passphrase: "x", salt: new Uint8Array(16), rounds: 1024, length: 48 }, controller.signal);
    controller.abort();
    await expect(work).rejects.toMatchObject({ code: "FLURRY_ABORTED" });
  });
});

describe("sshToAgeRecipients", () => {
  it("converts the key of ssh-to-age's own tests", () => {
    const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOHz+U0YtjINc54dZiJNclfmEFifF7RXCFlNlTbuZBji joerg@turingmachine";
    expect(sshToAgeRecipient(key)).toBe("age17044m9wgakla6pzftf4srtl3h5mcsr85jysgt5fg23zpnta8sfdqhzn452");
  });

  it("passes over what cannot be converted and says so", () => {
    const keyscan = `# nas.lan:22 SSH-2.0-OpenSSH_9.2\nnas.lan ${line}\nnas.lan ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA==\r\n\nnas.lan ssh-ed25519 AAAA\n`;
    const { recipients, issues } = sshToAgeRecipients(keyscan, "keyscan");
    expect(recipients).toEqual([{ recipient: sshToAgeRecipient(line), line: 2 }]);
    expect(issues.map(({ code, severity, place }) => [code, severity, place?.line])).toEqual([
      ["ssh-key-skipped", "warning", 3],
      ["ssh-key-invalid", "error", 5],
    ]);
  });
});
