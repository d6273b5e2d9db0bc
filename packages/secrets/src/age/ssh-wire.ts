import { FlurryError } from "@flurry/core";

/**
 * Reads the data types of the SSH protocol (RFC 4251, section 5). Every length is checked against what is there
 * before anything is allocated, so a length field of 4 GiB costs nothing.
 */
export class SshWireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  #offset = 0;

  /** @param what - names the input in errors: "the SSH public key" */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  /** Bytes that are not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  uint32(): number {
    if (this.remaining < 4) throw this.#invalid("it ends too early");
    const value = this.#view.getUint32(this.#offset);
    this.#offset += 4;
    return value;
  }

  /** The next `length` bytes, without a length field before them. */
  take(length: number): Uint8Array {
    if (length > this.remaining)
      throw this.#invalid(`a field claims ${length} bytes where only ${this.remaining} are left`);
    const slice = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return slice;
  }

  /** A `string`: a length and that many bytes. */
  string(): Uint8Array {
    return this.take(this.uint32());
  }

  text(): string {
    return Buffer.from(this.string()).toString("utf8");
  }

  /** The magnitude of a positive `mpint`, big-endian, without leading zeros. */
  mpint(): Uint8Array {
    const bytes = this.string();
    const [first, second] = bytes;
    if (first === undefined) throw this.#invalid("a number in it is zero");
    if (first >= 0x80) throw this.#invalid("a number in it is negative");
    if (first > 0) return bytes;
    // Only one zero may stand before a number, and only to keep it positive: age hashes the shortest form.
    if (second === undefined || second < 0x80) throw this.#invalid("a number in it is not in its shortest form");
    return bytes.subarray(1);
  }

  /** @throws FlurryError FLURRY_SSH_KEY_INVALID unless all was read */
  end(): void {
    if (this.remaining > 0) throw this.#invalid(`${this.remaining} bytes follow its end`);
  }

  #invalid(why: string): FlurryError {
    return new FlurryError("FLURRY_SSH_KEY_INVALID", `${this.#what} is damaged: ${why}`);
  }
}

/** Encodes `string` fields one after the other. */
export function sshStrings(...fields: readonly (Uint8Array | string)[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** The content of an `mpint` field for a positive number that is given big-endian. */
export function sshMpint(magnitude: Uint8Array): Uint8Array {
  const start = magnitude.findIndex((byte) => byte !== 0);
  const bytes = start === -1 ? new Uint8Array(0) : magnitude.subarray(start);
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes;
}
