import type { FlurryErrorCode } from "./error-codes.ts";

const brand: unique symbol = Symbol.for("flurry.error");

/** Where in a user's file a failure comes from. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** What a {@link FlurryError} may carry beside its code and message. */
export interface FlurryErrorOptions extends ErrorOptions {
  /** The way out: what the user can do about it, as one sentence or a command. */
  readonly hint?: string;
  /** The host whose failure this is. */
  readonly host?: string;
  /** The place in a user's file. */
  readonly place?: Place;
  /** Longer text that explains the failure (a trace, the tail of a log); shown on request. */
  readonly details?: string;
}

/** A {@link FlurryError} as plain data, for worker threads, journals and `--json`. */
export interface FlurryErrorJson {
  readonly code: FlurryErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly host?: string;
  readonly place?: Place;
  readonly details?: string;
  readonly cause?: FlurryErrorJson | { readonly message: string };
}

/**
 * A failure that Flurry foresees: it has a stable code, says what happened and, where there is one, the way out.
 * Whatever else is thrown is a bug.
 */
export class FlurryError extends Error {
  override readonly name: string = "FlurryError";
  readonly code: FlurryErrorCode;
  readonly hint: string | undefined;
  readonly host: string | undefined;
  readonly place: Place | undefined;
  readonly details: string | undefined;
  /** Marks errors of every loaded copy of this package, where `instanceof` would fail. */
  readonly [brand] = true;

  constructor(code: FlurryErrorCode, message: string, options: FlurryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.host = options.host;
    this.place = options.place;
    this.details = options.details;
  }

  /** True for a FlurryError of any loaded copy of this package. */
  static is(value: unknown): value is FlurryError {
    return value instanceof Error && brand in value;
  }

  /** The error itself if it is a FlurryError, else one with the code `FLURRY_INTERNAL` that has it as its cause. */
  static from(value: unknown): FlurryError {
    if (FlurryError.is(value)) return value;
    return new FlurryError("FLURRY_INTERNAL", messageOf(value), {
      cause: value,
      hint: "This is a bug in Flurry; please report it with the output of the same command and FLURRY_DEBUG=1.",
    });
  }

  /** Plain data that {@link FlurryError.fromJSON} turns into an equal error. */
  toJSON(): FlurryErrorJson {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.host === undefined ? {} : { host: this.host }),
      ...(this.place === undefined ? {} : { place: this.place }),
      ...(this.details === undefined ? {} : { details: this.details }),
      ...causeToJson(this.cause),
    };
  }

  /** The inverse of {@link FlurryError.toJSON}. */
  static fromJSON(json: FlurryErrorJson): FlurryError {
    const { code, message, cause, ...rest } = json;
    return new FlurryError(code, message, cause === undefined ? rest : { ...rest, cause: causeFromJson(cause) });
  }

  /** A copy that names the host it belongs to, unless one is named already. */
  withHost(host: string): FlurryError {
    return this.host === undefined ? FlurryError.fromJSON({ ...this.toJSON(), host }) : this;
  }
}

function causeToJson(cause: unknown): Pick<FlurryErrorJson, "cause"> {
  if (cause === undefined) return {};
  if (FlurryError.is(cause)) return { cause: cause.toJSON() };
  return { cause: { message: messageOf(cause) } };
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === "string" ? thrown : JSON.stringify(thrown);
}

function causeFromJson(cause: NonNullable<FlurryErrorJson["cause"]>): Error {
  return "code" in cause ? FlurryError.fromJSON(cause) : new Error(cause.message);
}
