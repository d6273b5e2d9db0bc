import { FlurryError } from "@flurry/core";

import { matchSelector } from "./match.ts";
import type { Selectable } from "./match.ts";
import { parseSelector } from "./parse.ts";
import type { SelectorResult } from "./parse.ts";
import { printSelector } from "./print.ts";

/**
 * The hosts that the words of a command line choose, in fleet order and never none.
 *
 * @param hosts - all hosts of the fleet
 * @param words - a selector in one word or several; none means every host
 * @throws FlurryError FLURRY_SELECTOR_INVALID when the words are no selector,
 * FLURRY_NOTHING_SELECTED when a name, glob or tag matches no host or when no host is left
 */
export function selectHosts<H extends Selectable>(hosts: readonly H[], words: readonly string[]): readonly H[] {
  if (hosts.length === 0) {
    throw new FlurryError("FLURRY_NOTHING_SELECTED", "the fleet has no hosts", { hint: "add one under hosts:" });
  }
  if (words.length === 0) return hosts;
  const parsed = parseSelector(words);
  if (!parsed.ok) throw selectorInvalid(parsed);
  const matched = matchSelector(parsed.selector, hosts);
  if (!matched.ok) {
    const [first] = matched.unmatched;
    throw new FlurryError(
      "FLURRY_NOTHING_SELECTED",
      matched.unmatched.map((term) => term.message).join("; "),
      first?.hint === undefined ? {} : { hint: first.hint },
    );
  }
  if (matched.hosts.length === 0) {
    throw new FlurryError("FLURRY_NOTHING_SELECTED", `no host matches all of: ${printSelector(parsed.selector)}`, {
      hint: "use or (|) where either will do",
    });
  }
  return matched.hosts;
}

/** A selector's mistake as an error; its details point at the character. */
export function selectorInvalid(mistake: Extract<SelectorResult, { readonly ok: false }>): FlurryError {
  const { text, position, message, hint } = mistake;
  return new FlurryError(
    "FLURRY_SELECTOR_INVALID",
    `${message}, at character ${position + 1} of ${JSON.stringify(text)}`,
    {
      details: `${text}\n${" ".repeat(position)}^`,
      ...(hint === undefined ? {} : { hint }),
    },
  );
}
