/** Where the story is told. */
export interface Page {
  readonly write: (text: string) => void;
  readonly colors: boolean;
}

/** Tells what happens with times, and keeps count of the facts that were checked. */
export class Story {
  readonly #page: Page;
  readonly #startedAt = performance.now();
  #facts = 0;

  constructor(page: Page) {
    this.#page = page;
  }

  /** How many facts have been checked. */
  get facts(): number {
    return this.#facts;
  }

  chapter(title: string): void {
    this.#page.write(`\n${this.#paint("1", `${this.#clock()}  ${title}`)}\n`);
  }

  /** Something that was done, with the time that it took. */
  async act<T>(what: string, action: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const value = await action();
    this.#page.write(`        ${what} ${this.#paint("2", `(${seconds(performance.now() - startedAt)})`)}\n`);
    return value;
  }

  /** Output of a program, set off from the story. */
  quote(text: string): void {
    for (const line of text.trimEnd().split("\n")) this.#page.write(this.#paint("2", `        │ ${line}\n`));
  }

  /**
   * A statement of the story, and whether it is true.
   *
   * @throws Error when it is not
   */
  fact(statement: string, isTrue: boolean, evidence: unknown = ""): void {
    if (!isTrue)
      throw new Error(
        `not true: ${statement}\n${typeof evidence === "string" ? evidence : JSON.stringify(evidence, undefined, 2)}`,
      );
    this.#facts += 1;
    this.#page.write(`      ${this.#paint("32", "✓")} ${statement}\n`);
  }

  #clock(): string {
    return seconds(performance.now() - this.#startedAt).padStart(6);
  }

  #paint(code: string, text: string): string {
    return this.#page.colors ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
