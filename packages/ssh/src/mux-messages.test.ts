import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { encode, FieldReader, FrameReader, messageFrame, muxFrame } from "./mux-messages.ts";
import type { Field } from "./mux-messages.ts";

const field: fc.Arbitrary<Field> = fc.oneof(
  fc.nat(0xffff_ffff),
  fc.boolean(),
  fc.string({ unit: "grapheme" }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);

function readLike(value: Field, reader: FieldReader): Field {
  if (typeof value === "number") return reader.number();
  if (typeof value === "boolean") return reader.flag();
  return typeof value === "string" ? reader.text() : Buffer.from(reader.bytes());
}

describe("messages", () => {
  it("come out of a stream as they went in, however it is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.array(field)), fc.integer({ min: 1, max: 40 }), (messages, size) => {
        const stream = Buffer.concat(messages.map((fields) => messageFrame(94, ...fields)));
        const frames = new FrameReader();
        const payloads: Buffer[] = [];
        for (let at = 0; at < stream.length; at += size) payloads.push(...frames.push(stream.subarray(at, at + size)));
        expect(payloads.map((payload) => payload.subarray(2).toString("hex"))).toEqual(
          messages.map((fields) => encode(fields).toString("hex")),
        );
      }),
    );
  });

  it("have their fields read as they were written", () => {
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        const reader = new FieldReader(encode(fields));
        expect(fields.map((value) => readLike(value, reader))).toEqual(fields);
        expect(() => reader.byte()).toThrow(RangeError);
      }),
    );
  });

  it("look as OpenSSH describes them", () => {
    expect(muxFrame(1, 4).toString("hex")).toBe("000000080000000100000004");
    expect(messageFrame(96, 7).toString("hex")).toBe("00000006006000000007");
  });

  it("are refused when they are too long", () => {
    expect(() => new FrameReader().push(Buffer.from("ffffffff00", "hex"))).toThrow(RangeError);
  });
});
