import { syntaxError } from "../nix-errors.ts";

/** Where in Nix code one is. */
export type Frame =
  | { readonly kind: "code"; braces: number; inherits: boolean }
  | { readonly kind: "string" }
  | { readonly kind: "indented"; line: "first" | "first-with-text" | "later" }
  | { readonly kind: "comment" | "block-comment" };

const names: Record<Frame["kind"], string> = {
  code: "an interpolation",
  string: "a string",
  indented: "an indented string",
  comment: "a comment",
  "block-comment": "a comment",
};

/** Reads a template's text piece by piece, knows what is open at its end, and collects the code. */
export class TemplateScanner {
  readonly #frames: Frame[] = [{ kind: "code", braces: 0, inherits: false }];
  #code = "";
  /** Whether the last character is a dollar sign that `{` would make an interpolation. */
  #dollar = false;

  /** What is open. */
  get frame(): Frame {
    const frame = this.#frames.at(-1);
    if (frame === undefined) throw syntaxError("a closing brace in the template has no opening one");
    return frame;
  }

  /** The code so far. */
  get code(): string {
    return this.#code;
  }

  /** Whether the code ends in a dollar sign that the next character may belong to. */
  get endsInDollar(): boolean {
    return this.#dollar;
  }

  /** Takes text that is Nix as it stands. */
  text(text: string): void {
    for (let rest = text; rest !== "";) {
      const taken = this.#step(rest);
      this.#dollar = taken.text === "$";
      this.#code += taken.written ?? taken.text;
      rest = rest.slice(taken.text.length);
    }
  }

  /** Takes what a hole is filled with: whole tokens that leave open what is open. */
  insert({ text, replaces }: { readonly text: string; readonly replaces: number }): void {
    this.#code = this.#code.slice(0, this.#code.length - replaces) + text;
    if (this.frame.kind === "indented" && this.frame.line === "first") this.frame.line = "first-with-text";
    this.#dollar = false;
  }

  /** The whole code. @throws FlurryError FLURRY_NIX_SYNTAX_INVALID when something is still open */
  end(): string {
    const { frame } = this;
    if (this.#frames.length > 1) throw syntaxError(`the template ends inside ${names[frame.kind]}`);
    if (frame.kind === "code" && frame.braces !== 0) throw syntaxError("a brace of the template is not closed");
    return this.#code;
  }

  #step(rest: string): Token {
    const { frame } = this;
    switch (frame.kind) {
      case "code":
        return this.#stepCode(rest, frame);
      case "string":
        return this.#stepString(rest);
      case "indented":
        return this.#stepIndented(rest, frame);
      case "comment":
        if (rest.startsWith("\n")) this.#frames.pop();
        return { text: rest.slice(0, 1) };
      case "block-comment":
        if (rest.startsWith("*/")) this.#frames.pop();
        return { text: rest.startsWith("*/") ? "*/" : rest.slice(0, 1) };
    }
  }

  #stepCode(rest: string, frame: Extract<Frame, { readonly kind: "code" }>): Token {
    // Names hold single quotes, so they are taken as a whole.
    const [name] = /^[A-Za-z_][A-Za-z0-9_'-]*/.exec(rest) ?? [];
    if (name !== undefined) {
      if (name === "inherit") frame.inherits = true;
      return { text: name };
    }
    if (rest.startsWith("''")) return this.#open({ kind: "indented", line: "first" }, "''");
    if (rest.startsWith("/*")) return this.#open({ kind: "block-comment" }, "/*");
    const text = rest.slice(0, 1);
    if (text === '"') return this.#open({ kind: "string" }, text);
    if (text === "#") return this.#open({ kind: "comment" }, text);
    if (text === ";") frame.inherits = false;
    if (text === "{") frame.braces += 1;
    if (text === "}") {
      frame.braces -= 1;
      if (frame.braces < 0) this.#frames.pop();
      if (this.#frames.length === 0) throw syntaxError("a closing brace of the template has no opening one");
    }
    return { text };
  }

  #stepString(rest: string): Token {
    if (rest.startsWith("${")) return this.#open({ kind: "code", braces: 0, inherits: false }, "${");
    if (rest.startsWith('"')) this.#frames.pop();
    // So that indenting the code leaves the string alone.
    if (rest.startsWith("\n")) return { text: "\n", written: "\\n" };
    return { text: /^(?:\\[^]|\$\$)/.exec(rest)?.[0] ?? rest.slice(0, 1) };
  }

  #stepIndented(rest: string, frame: Extract<Frame, { readonly kind: "indented" }>): Token {
    if (rest.startsWith("${")) return this.#open({ kind: "code", braces: 0, inherits: false }, "${");
    const [escape] = /^(?:''(?:[$']|\\[^])|\$\$)/.exec(rest) ?? [];
    if (escape !== undefined) return { text: escape };
    if (rest.startsWith("''")) {
      this.#frames.pop();
      return { text: "''" };
    }
    const text = rest.slice(0, 1);
    if (text === "\n" && frame.line === "first-with-text") {
      throw syntaxError(
        "an indented string in the template has text behind its opening quotes and goes on in the next line",
        "break the line after the opening quotes, since Nix measures the indentation of all lines",
      );
    }
    if (text === "\n") frame.line = "later";
    else if (text !== " " && frame.line === "first") frame.line = "first-with-text";
    return { text };
  }

  #open(frame: Frame, text: string): Token {
    if (this.frame.kind === "indented" && this.frame.line === "first") this.frame.line = "first-with-text";
    this.#frames.push(frame);
    return { text };
  }
}

interface Token {
  readonly text: string;
  /** What is written in its place, where that is something else. */
  readonly written?: string;
}
