import { FlurryError } from "@flurry/core";
import type { FlurryErrorCode } from "@flurry/core";

/** What a passphrase is asked for. */
export interface PassphraseRequest {
  /** What is locked, for the prompt: usually a file. */
  readonly what: string;
  /** 1 for the first time, 2 after a wrong one. */
  readonly attempt: number;
  readonly signal?: AbortSignal;
}

/** Asks a person (or an agent) for a passphrase; `undefined` when there is none to be had. */
export type AskPassphrase = (request: PassphraseRequest) => Promise<string | undefined>;

/** What {@link unlockWithPassphrase} opens, and how its failures are called. */
export interface UnlockOptions<T> {
  readonly what: string;
  readonly askPassphrase?: AskPassphrase | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The code for: nobody to ask. */
  readonly required: FlurryErrorCode;
  /** The code with which `open` says that the passphrase is wrong. */
  readonly wrong: FlurryErrorCode;
  readonly open: (passphrase: string) => Promise<T>;
}

const maxAttempts = 3;

/**
 * Asks for a passphrase until it opens what is locked, three times at most.
 *
 * @throws FlurryError with the code `required` or `wrong`, or whatever else `open` throws
 */
export async function unlockWithPassphrase<T>(options: UnlockOptions<T>): Promise<T> {
  const { what, askPassphrase, signal, required, wrong, open } = options;
  for (let attempt = 1; ; attempt++) {
    const passphrase = await askPassphrase?.({ what, attempt, ...(signal === undefined ? {} : { signal }) });
    if (passphrase === undefined)
      throw new FlurryError(required, `${what} is protected by a passphrase, and none was given`, {
        hint: "Run this at a terminal, or give an identity without a passphrase.",
      });
    try {
      return await open(passphrase);
    } catch (error) {
      if (!FlurryError.is(error) || error.code !== wrong || attempt >= maxAttempts) throw error;
    }
  }
}
