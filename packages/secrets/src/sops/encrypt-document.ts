import { FlurryError } from "@flurry/core";

import { newDataKey, wrapDataKey } from "./data-key.ts";
import type { WrapGroup } from "./data-key.ts";
import { checkThreshold, statedThreshold } from "./guard.ts";
import { sealMac } from "./mac.ts";
import { newMetadata } from "./metadata.ts";
import { sealValues } from "./seal-values.ts";
import { defaultSelector } from "./selection.ts";
import type { Selector } from "./selection.ts";
import { applyEdits } from "./stores/store.ts";
import type { SopsFormat } from "./stores/store.ts";
import { storeOf } from "./stores/stores.ts";
import { finish, ownValues, timeText, withMetadata } from "./write-document.ts";

/** What a new file is to be. */
export interface EncryptOptions {
  readonly format: SopsFormat;
  readonly file?: string;
  readonly groups: readonly WrapGroup[];
  /** Groups needed to open the file. Needed where there are several, so that nobody splits a key by accident. */
  readonly threshold?: number;
  /** Default: everything but keys that end in `_unencrypted`. Not for the binary format. */
  readonly selector?: Selector;
  readonly macOnlyEncrypted?: boolean;
  readonly now: Date;
}

/**
 * Encrypts a file in clear.
 *
 * @throws FlurryError FLURRY_SOPS_SYNTAX, FLURRY_SOPS_LIMIT, FLURRY_SOPS_ALREADY_ENCRYPTED, FLURRY_SOPS_METADATA_INVALID
 */
export async function encryptSops(plain: Uint8Array, options: EncryptOptions): Promise<Uint8Array> {
  const { format, groups, threshold, now, macOnlyEncrypted = false } = options;
  const store = storeOf(format);
  const parsed = store.readPlain(plain, options);
  if (parsed.metadata !== undefined) {
    throw new FlurryError("FLURRY_SOPS_ALREADY_ENCRYPTED", "The file has an entry sops: it is encrypted already", {
      ...(options.file === undefined ? {} : { place: { file: options.file } }),
      hint: "The name sops belongs to the metadata of SOPS; nest or rename the entry if it is yours.",
    });
  }
  checkThreshold(groups, threshold);
  const selector = format === "binary" ? defaultSelector : (options.selector ?? defaultSelector);
  const dataKey = newDataKey();
  const lastModified = timeText(now);
  const { edits, mac } = sealValues(parsed, {
    dataKey,
    selector,
    macOnlyEncrypted: format !== "binary" && macOnlyEncrypted,
    opened: new Map(),
    fresh: ownValues(parsed),
    everything: true,
    comments: true,
  });
  const metadata = newMetadata({
    groups: await wrapDataKey(dataKey, groups, { threshold, now }),
    threshold: statedThreshold(format, options),
    selector: format === "binary" ? undefined : selector,
    macOnlyEncrypted: format !== "binary" && macOnlyEncrypted,
    lastModified,
    mac: sealMac(mac, dataKey, lastModified),
  });
  const text = applyEdits(parsed.text, edits);
  return finish(withMetadata(text, format, metadata), options, { dataKey, shares: new Map() });
}
