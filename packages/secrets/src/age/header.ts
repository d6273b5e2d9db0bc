import { FlurryError } from "@flurry/core";
import { base64nopad } from "@scure/base";

/** One stanza of an age header: the file key, wrapped for one recipient. */
export interface AgeStanza {
  /** The kind of recipient: `X25519`, `ssh-ed25519`, `scrypt`... */
  readonly type: string;
  /** What stands behind the type in its line. */
  readonly args: readonly string[];
  readonly body: Uint8Array;
}

/** A parsed age header. Nothing in it is authenticated before it is opened with a key. */
export interface AgeHeader {
  readonly stanzas: readonly AgeStanza[];
  /** HMAC-SHA-256 over the header, 32 bytes. */
  readonly mac: Uint8Array;
  /** Bytes of the header: where the payload begins. */
  readonly length: number;
}

/** Bounds for files from elsewhere. */
export interface AgeHeaderLimits {
  /** Default: 10,000. */
  readonly maxStanzas?: number;
  /** Default: 32 MiB, which 10,000 post-quantum recipients fit in. */
  readonly maxHeaderBytes?: number;
}

const versionLine = "age-encryption.org/v1";
const newline = 0x0a;
const columns = 64;

/**
 * Parses the header of a binary age file, as strictly as age does, without any key.
 *
 * @throws FlurryError FLURRY_AGE_HEADER_INVALID, FLURRY_AGE_TOO_LARGE
 * @see https://c2sp.org/age
 */
export function parseAgeHeader(file: Uint8Array, limits: AgeHeaderLimits = {}): AgeHeader {
  const { maxStanzas = 10_000, maxHeaderBytes = 32 * 1024 * 1024 } = limits;
  const lines = new HeaderLines(file, maxHeaderBytes);
  if (lines.next() !== versionLine)
    throw new FlurryError("FLURRY_AGE_HEADER_INVALID", `The file does not begin with "${versionLine}"`, {
      hint: "It is no age file, or of a version that Flurry does not know.",
    });
  const stanzas: AgeStanza[] = [];
  for (;;) {
    const line = lines.next();
    if (line.startsWith("--- ")) {
      const mac = decode(line.slice(4), lines.number);
      if (mac.length !== 32) throw invalid("the MAC is not 32 bytes long", lines.number);
      return { stanzas, mac, length: lines.offset };
    }
    if (!line.startsWith("-> ")) throw invalid("this is neither a stanza nor the end of the header", lines.number);
    if (stanzas.length === maxStanzas)
      throw new FlurryError("FLURRY_AGE_TOO_LARGE", `The age file has more than ${maxStanzas} recipients`);
    const body: string[] = [];
    do body.push(lines.next());
    while (continuesStanza(body.at(-1)));
    stanzas.push(parseStanza([line, ...body], lines.number));
  }
}

/** Whether a line of a stanza's body is full, so that another one must follow. */
export function continuesStanza(line: string | undefined): boolean {
  return line?.length === columns;
}

/**
 * Parses one stanza.
 *
 * @param lines - its first line and the lines of its body, the last of which is not full
 * @param number - the line of the header it ends in, for errors
 * @throws FlurryError FLURRY_AGE_HEADER_INVALID
 */
export function parseStanza([first = "", ...body]: readonly string[], number: number): AgeStanza {
  const [arrow, type, ...args] = first.split(" ");
  if (arrow !== "->" || type === undefined || type === "" || args.includes(""))
    throw invalid("an argument of a stanza is empty", number);
  if (body.some((line) => line.length > columns))
    throw invalid("a line of a stanza is longer than 64 characters", number);
  // Full lines are multiples of four characters, so the whole is canonical when it decodes at once.
  return { type, args, body: decode(body.join(""), number) };
}

/** Prints a header as age does; the inverse of {@link parseAgeHeader}. */
export function printAgeHeader({ stanzas, mac }: Pick<AgeHeader, "stanzas" | "mac">): Uint8Array {
  const lines = stanzas.map(printStanza);
  return Buffer.from(`${versionLine}\n${lines.join("")}--- ${base64nopad.encode(mac)}\n`, "latin1");
}

/** Prints one stanza, with the newline at its end. The plugin protocol speaks in these as well. */
export function printStanza({ type, args, body }: AgeStanza): string {
  const encoded = base64nopad.encode(body);
  const full = encoded.match(/.{64}/g) ?? [];
  return [["->", type, ...args].join(" "), ...full, encoded.slice(full.length * columns), ""].join("\n");
}

function decode(text: string, line: number): Uint8Array {
  try {
    return base64nopad.decode(text);
  } catch {
    throw invalid("this is not base64 in its canonical form without padding", line);
  }
}

function invalid(why: string, line: number): FlurryError {
  return new FlurryError(
    "FLURRY_AGE_HEADER_INVALID",
    `The header of the age file is malformed in line ${line}: ${why}`,
  );
}

/** The lines of a header, never reading further than the limit. */
class HeaderLines {
  /** Bytes read. */
  offset = 0;
  /** The line that was read last, from 1. */
  number = 0;
  readonly #head: Buffer;
  readonly #cut: boolean;
  readonly #limit: number;

  constructor(file: Uint8Array, limit: number) {
    this.#cut = file.length > limit;
    this.#head = Buffer.from(file.buffer, file.byteOffset, Math.min(file.length, limit));
    this.#limit = limit;
  }

  next(): string {
    const end = this.#head.indexOf(newline, this.offset);
    this.number++;
    if (end === -1) {
      if (this.#cut)
        throw new FlurryError("FLURRY_AGE_TOO_LARGE", `The header of the age file is longer than ${this.#limit} bytes`);
      throw invalid("the file ends within the header", this.number);
    }
    const line = this.#head.toString("latin1", this.offset, end);
    this.offset = end + 1;
    if (/[^ -~]/.test(line)) throw invalid("a byte in it is not printable ASCII", this.number);
    return line;
  }
}
