import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseX25519Identity, parseX25519Recipient, unwrapX25519, wrapX25519 } from "./age-x25519.ts";

const text = await generateX25519Identity();
const recipientText = await identityToRecipient(text);
const identity = parseX25519Identity(text);
const recipient = parseX25519Recipient(recipientText);
if (identity === undefined || recipient === undefined) throw new Error("the key of this test is none");
const other = parseX25519Identity(await generateX25519Identity());
if (other === undefined) throw new Error("the key of this test is none");

describe("a wrapped key", () => {
  it("is a file of age that age-encryption opens, and the other way round", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 33 }), async (payload) => {
        const decrypter = new Decrypter();
        decrypter.addIdentity(text);
        const ours = wrapX25519(payload, recipient);
        expect(Buffer.from(await decrypter.decrypt(armor.decode(ours)))).toEqual(Buffer.from(payload));
        const encrypter = new Encrypter();
        encrypter.addRecipient(recipientText);
        const theirs = armor.encode(await encrypter.encrypt(payload));
        expect(unwrapX25519(theirs, identity)).toEqual({ kind: "opened", payload: Buffer.from(payload) });
        expect(ours.split("\n").map((line) => line.length)).toEqual(theirs.split("\n").map((line) => line.length));
      }),
    );
  }, 120_000);

  it("does not open with another key, and not when altered", () => {
    const wrapped = wrapX25519(Buffer.alloc(32, 7), recipient);
    expect(unwrapX25519(wrapped, other).kind).toBe("other-key");
    const file = armor.decode(wrapped);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = Uint8Array.from(file);
        altered[at] = (altered[at] ?? 0) ^ change;
        expect(unwrapX25519(armor.encode(altered), identity).kind).not.toBe("opened");
      }),
    );
  });

  it("for two recipients, or of another kind, is left to the general implementation", async () => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipientText);
    encrypter.addRecipient(other.recipient);
    expect(unwrapX25519(armor.encode(await encrypter.encrypt("x")), identity).kind).toBe("other-form");
    expect(unwrapX25519("", identity).kind).toBe("other-form");
    expect(unwrapX25519("x".repeat(10_000), identity).kind).toBe("other-form");
  });

  it("with a share of low order is refused", () => {
    const file = armor.decode(wrapX25519(Buffer.alloc(32), recipient));
    const head = Buffer.from(file)
      .toString("latin1")
      .replace(/X25519 .{43}/, `X25519 ${"A".repeat(43)}`);
    expect(unwrapX25519(armor.encode(Buffer.from(head, "latin1")), identity).kind).toBe("damaged");
  });
});

it("keys with mistakes are none", () => {
  expect(identity.recipient).toBe(recipientText);
  for (const bad of [
    "",
    "age1",
    recipientText.slice(0, -1),
    `${recipientText}q`,
    recipientText.replace("age1", "agf1"),
    recipientText.toUpperCase().replace("AGE", "Age"),
    "age1".padEnd(5000, "q"),
  ]) {
    expect(parseX25519Recipient(bad)).toBeUndefined();
  }
  for (const bad of ["", text.slice(0, -1), text.replace("KEY-1", "KEY-PQ-1")])
    expect(parseX25519Identity(bad)).toBeUndefined();
});
