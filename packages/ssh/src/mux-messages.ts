// The part of OpenSSH's PROTOCOL.mux (version 4) that `ssh -O proxy` speaks, and of the SSH connection protocol (RFC 4254)
// that it goes on with: there the client sends bare messages, unencrypted, and the master makes them part of its connection.

/** Messages of PROTOCOL.mux. */
export const mux = { hello: 0x1, proxy: 0x1000_000f, isProxy: 0x8000_000f, failure: 0x8000_0003 } as const;

/** The version of PROTOCOL.mux, the same since OpenSSH 5. */
export const muxVersion = 4;

/** Messages of RFC 4254. */
export const message = {
  globalRequest: 80,
  requestFailure: 82,
  channelOpen: 90,
  openConfirmation: 91,
  openFailure: 92,
  windowAdjust: 93,
  data: 94,
  extendedData: 95,
  eof: 96,
  close: 97,
  channelRequest: 98,
  channelSuccess: 99,
  channelFailure: 100,
} as const;

/** One field of a message. */
export type Field = number | boolean | string | Buffer;

/** More than any message of a client has: its packets are bounded by what it is allowed to send at once. */
const maxFrameLength = 1024 * 1024;

/** Fields as they follow each other: a number in four bytes, a flag in one, text and bytes behind their length. */
export function encode(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      if (typeof field === "number") return [uint32(field)];
      if (typeof field === "boolean") return [Buffer.of(field ? 1 : 0)];
      const bytes = Buffer.from(field);
      return [uint32(bytes.length), bytes];
    }),
  );
}

/** A message of PROTOCOL.mux as it goes over the socket. */
export function muxFrame(type: number, ...fields: readonly Field[]): Buffer {
  return frame(encode([type, ...fields]));
}

/** A message of the connection protocol as it goes over the socket, with the length of a padding that is not there. */
export function messageFrame(type: number, ...fields: readonly Field[]): Buffer {
  return frame(Buffer.concat([Buffer.of(0, type), encode(fields)]));
}

function frame(payload: Buffer): Buffer {
  return Buffer.concat([uint32(payload.length), payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Puts the frames of a stream together. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /**
   * Takes what has come.
   *
   * @returns the payloads of the frames that are complete now
   * @throws RangeError when a frame is longer than any should be
   */
  push(chunk: Buffer): readonly Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const payloads: Buffer[] = [];
    while (this.#rest.length >= 4) {
      const length = this.#rest.readUInt32BE();
      if (length > maxFrameLength) throw new RangeError(`a message of ${length} bytes`);
      if (this.#rest.length < 4 + length) break;
      payloads.push(this.#rest.subarray(4, 4 + length));
      this.#rest = this.#rest.subarray(4 + length);
    }
    return payloads;
  }
}

/** Reads the fields of a message. What is not there is a RangeError. */
export class FieldReader {
  #rest: Buffer;

  constructor(bytes: Buffer) {
    this.#rest = bytes;
  }

  byte(): number {
    return this.#take(1).readUInt8();
  }

  number(): number {
    return this.#take(4).readUInt32BE();
  }

  flag(): boolean {
    return this.byte() !== 0;
  }

  bytes(): Buffer {
    return this.#take(this.number());
  }

  text(): string {
    return this.bytes().toString();
  }

  #take(length: number): Buffer {
    if (this.#rest.length < length) throw new RangeError("the message is too short");
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return bytes;
  }
}
