import { FlurryError } from "@flurry/core";

import { sealer } from "./cipher.ts";
import type { IvStash } from "./cipher.ts";
import { macBuilder } from "./mac.ts";
import { openedAt } from "./open-values.ts";
import type { OpenedTexts } from "./open-values.ts";
import { compileSelector } from "./selection.ts";
import type { Selector } from "./selection.ts";
import type { ParsedText, TextEdit } from "./stores/store.ts";
import { str } from "./tree.ts";
import type { CommentNode, Leaf, Scalar } from "./tree.ts";
import { walk } from "./walk.ts";
import type { Visit } from "./walk.ts";

/** What is needed to seal the values of a text. */
export interface SealOptions {
  readonly dataKey: Uint8Array;
  readonly selector: Selector;
  readonly macOnlyEncrypted: boolean;
  /** What is sealed in the text already. */
  readonly opened: OpenedTexts;
  /** Values that are new, by their leaf; everything else that is not in `opened` stands there in clear. */
  readonly fresh: ReadonlyMap<Leaf, Scalar>;
  /** Vectors of values that were there before. */
  readonly stash?: IvStash;
  /** Seal also what is sealed already: the data key is new. */
  readonly everything: boolean;
  /** Seal comments that stand in clear where they should not. */
  readonly comments: boolean;
}

/**
 * Seals what the selector selects and opens what it does not.
 *
 * @returns what to change in the text, and the MAC over all values
 * @throws FlurryError FLURRY_SOPS_SELECTOR_CLASH
 */
export function sealValues(
  parsed: ParsedText,
  options: SealOptions,
): { readonly edits: readonly TextEdit[]; readonly mac: string } {
  const { opened, fresh, everything } = options;
  const edits: TextEdit[] = [];
  const selector = compileSelector(options.selector);
  const mac = macBuilder({ onlyEncrypted: options.macOnlyEncrypted });
  const seal = sealer(options.dataKey, options.stash);

  const sealComment = (node: CommentNode, text: string, aad: string): void => {
    const sealed = seal.comment(text, aad);
    if (options.selector.kind === "unencrypted_comment_regex" && selector.matches(sealed)) {
      throw new FlurryError(
        "FLURRY_SOPS_SELECTOR_CLASH",
        `An encrypted comment by chance matches the selector ${JSON.stringify(options.selector.pattern)}`,
        { hint: "Take an expression that no ciphertext can match, for example one with a blank in it." },
      );
    }
    edits.push(...parsed.commentEdit(node, sealed));
  };

  const onComment = (node: CommentNode, { aad, selected }: Visit): void => {
    const { text } = node;
    const known = openedAt(opened, aad, text);
    if (known?.opened.kind === "comment") {
      if (!selected) edits.push(...parsed.commentEdit(node, known.opened.text));
      else if (everything) sealComment(node, known.opened.text, known.aad);
    } else if (options.comments && selected && text !== "") sealComment(node, text, aad);
  };

  const onLeaf = (node: Leaf, { aad, selected }: Visit): void => {
    const replacement = fresh.get(node);
    const sealed = replacement === undefined ? sealedScalar(opened, node, aad) : undefined;
    const scalar = replacement ?? sealed ?? node.value;
    mac.add(scalar, selected);
    if (scalar.kind === "null" || !selected) {
      if (scalar !== node.value) edits.push(...parsed.leafEdit(node, scalar));
      return;
    }
    if (sealed !== undefined && !everything) return;
    const text = seal.value(scalar, aad);
    if (node.value.kind !== "str" || node.value.value !== text) edits.push(...parsed.leafEdit(node, str(text).value));
  };

  walk(parsed.documents, selector, (visit) => {
    if (visit.node.kind === "comment") onComment(visit.node, visit);
    else onLeaf(visit.node, visit);
  });
  return { edits, mac: mac.digest() };
}

/** The value of a leaf that stands sealed in the text. */
function sealedScalar(opened: OpenedTexts, { value }: Leaf, aad: string): Scalar | undefined {
  const found = value.kind === "str" ? openedAt(opened, aad, value.value)?.opened : undefined;
  return found?.kind === "value" ? found.scalar : undefined;
}
