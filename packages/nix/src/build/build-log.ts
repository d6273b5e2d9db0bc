import type { NixLogEvent, NixMessage } from "../process/internal-json.ts";

const keptLines = 25;

/** A derivation that could not be built, and why. */
export interface FailedDerivation {
  readonly drvPath: string;
  /** What nix says of it, as one text without colours. */
  readonly message: string;
  /** The end of what its builder printed. */
  readonly lastLines: readonly string[];
}

/** Something that happened to one derivation. */
export type BuildStep =
  | { readonly kind: "started"; readonly drvPath: string }
  | { readonly kind: "ended"; readonly drvPath: string }
  | { readonly kind: "line"; readonly drvPath: string; readonly line: string }
  | { readonly kind: "message"; readonly level: 1 | 2; readonly line: string };

/** Follows the log of one `nix build`: which derivations run, what they print, and which fail. */
export class BuildLog {
  readonly #running = new Map<string, string>();
  readonly #lines = new Map<string, string[]>();
  readonly #failed = new Map<string, string>();

  /** Takes one event and tells what it means for a derivation, if anything. */
  push(event: NixLogEvent): BuildStep | undefined {
    switch (event.kind) {
      case "start": {
        if (event.activity.type !== "build") return undefined;
        const { drvPath } = event.activity;
        this.#running.set(event.id, drvPath);
        return { kind: "started", drvPath };
      }
      case "stop": {
        const drvPath = this.#running.get(event.id);
        this.#running.delete(event.id);
        return drvPath === undefined ? undefined : { kind: "ended", drvPath };
      }
      case "result": {
        const drvPath = this.#running.get(event.id);
        if (drvPath === undefined || event.result.type !== "log-line") return undefined;
        this.#keep(drvPath, event.result.line);
        return { kind: "line", drvPath, line: event.result.line };
      }
      case "message": {
        const failed = failedDerivation(event);
        if (failed !== undefined && !this.#failed.has(failed)) this.#failed.set(failed, event.rawText ?? event.text);
        // Errors come back in the results, attributed.
        return event.level === 1 || event.level === 2
          ? { kind: "message", level: event.level, line: event.text }
          : undefined;
      }
    }
  }

  /** The derivations that failed by themselves, not because of another. */
  failures(): readonly FailedDerivation[] {
    return [...this.#failed].map(([drvPath, message]) => ({
      drvPath,
      message,
      lastLines: this.#lines.get(drvPath) ?? [],
    }));
  }

  #keep(drvPath: string, line: string): void {
    const lines = this.#lines.get(drvPath) ?? [];
    this.#lines.set(drvPath, lines);
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
  }
}

/**
 * The derivation that an error is about; undefined when it only failed because of another one.
 * Until 2.29: "builder for '….drv' failed with exit code 1", "1 dependencies of derivation '….drv' failed to build".
 * Since then: "Cannot build '….drv'." and "Reason: …" with "1 dependency failed." as one of the reasons.
 */
export function failedDerivation({ level, rawText, text }: NixMessage): string | undefined {
  const message = rawText ?? text;
  if (level !== 0 || /\bdependenc(?:y|ies)\b.*\bfailed\b|^build of .* failed$/m.test(message)) return undefined;
  return /'(\/nix\/store\/[^'\s]+\.drv)'/.exec(message)?.[1];
}
