import type { DeploymentKey } from "@flurry/schema";

/** A key with its value, which only {@link MadeKey.reveal} gives: neither JSON nor a log shows it. */
export class MadeKey {
  readonly key: DeploymentKey;
  readonly #value: Uint8Array;

  constructor(key: DeploymentKey, value: Uint8Array) {
    this.key = key;
    this.#value = value;
  }

  /** The bytes of the file. */
  reveal(): Uint8Array {
    return this.#value;
  }
}
