import { StringDecoder } from "node:string_decoder";

/** How to gather the output of a command; see {@link OutputGatherer}. */
export interface GatherOptions {
  /** Called with each line, without its end. */
  readonly onLine: ((line: string) => void) | undefined;
  readonly maxBytes: number;
  /** What is kept of the text: all of it (more is too much), its end, or nothing. */
  readonly keep: "all" | "end" | "nothing";
}

/** Takes the chunks of one output stream of a command. */
export class OutputGatherer {
  readonly #options: GatherOptions;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  readonly #decoder = new StringDecoder("utf8");
  #line = "";

  constructor(options: GatherOptions) {
    this.#options = options;
  }

  /** @returns false when the output, or a line that is handed out, is longer than allowed */
  add(chunk: Buffer): boolean {
    const { onLine, keep, maxBytes } = this.#options;
    if (onLine !== undefined) this.#handOut(this.#decoder.write(chunk), onLine);
    if (this.#line.length > maxBytes) return false;
    if (keep === "nothing") return true;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > maxBytes && keep === "all") return false;
    while (this.#bytes > maxBytes && this.#chunks.length > 1) this.#bytes -= this.#chunks.shift()?.length ?? 0;
    return true;
  }

  /** Hands out a last line that has no end, and returns what was kept. */
  end(): string {
    const { onLine } = this.#options;
    const rest = this.#line + this.#decoder.end();
    this.#line = "";
    if (onLine !== undefined && rest !== "") onLine(rest.replace(/\r$/, ""));
    return Buffer.concat(this.#chunks).toString("utf8");
  }

  #handOut(text: string, onLine: (line: string) => void): void {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) onLine(line.replace(/\r$/, ""));
  }
}
