import { pathError } from "./change-tree.ts";
import type { ValueChange } from "./change-values.ts";
import { fromPlain } from "./plain-value.ts";
import type { SopsFormat } from "./stores/store.ts";
import { storeOf } from "./stores/stores.ts";

/**
 * A file in clear that holds some values and nothing else, ready to be encrypted.
 *
 * @throws FlurryError FLURRY_SOPS_PATH_INVALID, FLURRY_SOPS_VALUE_UNSUPPORTED when the format cannot hold a value
 */
export function newPlaintext(format: SopsFormat, changes: readonly ValueChange[]): Uint8Array {
  const store = storeOf(format);
  let text = format === "yaml" || format === "json" ? "{}\n" : "";
  for (const change of changes) {
    if (change.path.length === 0) throw pathError(change.path, "a file is made as a whole by encrypting another");
    const node = change.kind === "set" ? fromPlain(change.value) : undefined;
    text = store.readPlain(Buffer.from(text, "utf8"), {}).withNode(change.path, node);
  }
  return Buffer.from(text, "utf8");
}
