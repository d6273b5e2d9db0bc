import { FlurryError } from "@flurry/core";

import { ivStash } from "./cipher.ts";
import type { IvStash } from "./cipher.ts";
import { plaintextOf, treesOf } from "./document.ts";
import type { UnlockedSops } from "./document.ts";
import { checkGuard } from "./guard.ts";
import type { ChangeOptions } from "./guard.ts";
import type { OpenedTexts } from "./open-values.ts";
import { compileSelector } from "./selection.ts";
import type { ParsedText } from "./stores/store.ts";
import { storeOf } from "./stores/stores.ts";
import { leavesOf } from "./tree.ts";
import type { Leaf, Scalar } from "./tree.ts";
import { walk } from "./walk.ts";
import { finish, ownValues, readOptions, reseal } from "./write-document.ts";

/**
 * Puts an edited file in clear in the place of what a file holds. Values that are as they were keep their ciphertext.
 *
 * @param plain - what {@link plaintextOf} gave, edited
 * @returns the new file, or the old bytes when nothing changes
 * @throws FlurryError FLURRY_SOPS_SYNTAX, FLURRY_SOPS_ALREADY_ENCRYPTED, FLURRY_SOPS_GUARD
 */
export function replacePlaintext(unlocked: UnlockedSops, plain: Uint8Array, options: ChangeOptions): Uint8Array {
  const { file } = unlocked;
  checkGuard(file, options.guard);
  const before = plaintextOf(unlocked);
  if (Buffer.from(before).equals(plain)) return file.bytes;
  const store = storeOf(file.format);
  const parsed = store.readPlain(plain, readOptions(file));
  if (parsed.metadata !== undefined) {
    throw new FlurryError(
      "FLURRY_SOPS_ALREADY_ENCRYPTED",
      "The edited text has an entry sops, which is the name of the metadata",
    );
  }
  const fresh = ownValues(parsed);
  // A binary file is its value; there is no text that could have stayed.
  if (file.format !== "binary")
    for (const [leaf, scalar] of sameTexts(unlocked, store.readPlain(before, {}), parsed)) fresh.set(leaf, scalar);
  const sealed = reseal(unlocked, parsed, { fresh, now: options.now, comments: true, stash: stashOf(unlocked.opened) });
  return finish(sealed, readOptions(file), unlocked.key);
}

/** Values whose text at their place did not change keep their type, also where the format cannot show it. */
function sameTexts(unlocked: UnlockedSops, before: ParsedText, after: ParsedText): Map<Leaf, Scalar> {
  const { selector } = unlocked.file.metadata;
  const compiled = compileSelector(selector);
  const plain = treesOf(unlocked).flatMap((document) => [...leavesOf(document)]);
  const known = new Map<string, Scalar>();
  const nameOf = (parsed: ParsedText, leaf: Leaf, aad: string): string => {
    return `${aad}\0${leaf.span === undefined ? "" : parsed.text.slice(leaf.span.start, leaf.span.end)}`;
  };
  let index = 0;
  walk(before.documents, compiled, ({ node, aad }) => {
    if (node.kind !== "leaf") return;
    const value = plain[index++]?.value;
    if (value !== undefined) known.set(nameOf(before, node, aad), value);
  });
  const found = new Map<Leaf, Scalar>();
  if (index !== plain.length) return found;
  walk(after.documents, compiled, ({ node, aad }) => {
    const value = node.kind === "leaf" ? known.get(nameOf(after, node, aad)) : undefined;
    if (node.kind === "leaf" && value !== undefined) found.set(node, value);
  });
  return found;
}

function stashOf(opened: OpenedTexts): IvStash {
  const stash = ivStash();
  for (const [name, { opened: value, aad }] of opened) {
    stash.add(value, name.slice(name.indexOf("\0") + 1), aad);
  }
  return stash;
}
