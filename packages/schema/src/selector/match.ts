import { nearestName } from "@flurry/core";

import { isGlob, matchesGlob } from "./glob.ts";
import { printSelector } from "./print.ts";
import type { Selector } from "./selector.ts";

/** What a selector looks at in a host. */
export interface Selectable {
  readonly name: string;
  readonly tags: readonly string[];
}

/** A name, glob or tag of a selector that matches no host of the fleet. */
export interface Unmatched {
  /** As it was written: `nsa`, `edge-*`, `@storge`. */
  readonly term: string;
  readonly message: string;
  readonly hint?: string;
}

/** The hosts that a selector chooses, or the terms of it that match nothing and so must be mistakes. */
export type SelectionResult<H extends Selectable> =
  | { readonly ok: true; readonly hosts: readonly H[] }
  | { readonly ok: false; readonly unmatched: readonly Unmatched[] };

/** Whether a selector chooses a host. */
export function selects(selector: Selector, host: Selectable): boolean {
  switch (selector.kind) {
    case "host":
      return matchesTerm(selector, host.name);
    case "tag":
      return host.tags.some((tag) => matchesTerm(selector, tag));
    case "not":
      return !selects(selector.operand, host);
    case "and":
      return selector.operands.every((operand) => selects(operand, host));
    case "or":
      return selector.operands.some((operand) => selects(operand, host));
  }
}

/**
 * The hosts that a selector chooses, in the order of `hosts`; possibly none. A name, glob or tag that matches no
 * host at all is a mistake wherever it stands: after `!` it would deploy the very host that was to be left out.
 */
export function matchSelector<H extends Selectable>(selector: Selector, hosts: readonly H[]): SelectionResult<H> {
  const unmatched = terms(selector).filter((term) => !hosts.some((host) => selects(term, host)));
  if (unmatched.length > 0) return { ok: false, unmatched: unmatched.map((term) => explain(term, hosts)) };
  return { ok: true, hosts: hosts.filter((host) => selects(selector, host)) };
}

type Term = Extract<Selector, { readonly kind: "host" | "tag" }>;

function terms(selector: Selector): readonly Term[] {
  switch (selector.kind) {
    case "host":
    case "tag":
      return [selector];
    case "not":
      return terms(selector.operand);
    case "and":
    case "or":
      return selector.operands.flatMap(terms);
  }
}

function matchesTerm(term: Term, name: string): boolean {
  return isLiteral(term) ? term.pattern === name : matchesGlob(term.pattern, name);
}

function isLiteral(term: Term): boolean {
  return (term.kind === "host" && term.quoted === true) || !isGlob(term.pattern);
}

function explain(term: Term, hosts: readonly Selectable[]): Unmatched {
  const written = printSelector(term);
  const names = hosts.map((host) => host.name);
  const tags = [...new Set(hosts.flatMap((host) => host.tags))];
  const hint = term.kind === "host" ? hostHint(term, names, tags) : tagHint(term, names, tags);
  const message =
    term.kind === "host"
      ? `${isLiteral(term) ? "no host is named" : "no host's name matches"} ${written}`
      : `no host has ${isLiteral(term) ? "the tag" : "a tag like"} ${written}`;
  return { term: written, message, ...(hint === undefined ? {} : { hint }) };
}

function hostHint(term: Term, names: readonly string[], tags: readonly string[]): string | undefined {
  if (tags.includes(term.pattern)) return `did you mean the tag "@${term.pattern}"?`;
  return nearestHint(isLiteral(term) ? nearestName(term.pattern, names) : undefined) ?? listHint("hosts", names);
}

function tagHint(term: Term, names: readonly string[], tags: readonly string[]): string | undefined {
  const nearest = isLiteral(term) ? nearestName(term.pattern, tags) : undefined;
  if (nearest !== undefined) return `did you mean "@${nearest}"?`;
  if (names.includes(term.pattern)) return `did you mean the host "${term.pattern}"?`;
  return (
    listHint(
      "tags",
      tags.map((tag) => `@${tag}`),
    ) ?? "no host of this fleet has tags"
  );
}

function nearestHint(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `did you mean "${name}"?`;
}

function listHint(what: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const shown = names.slice(0, 8).join(", ");
  return `${what}: ${shown}${names.length > 8 ? `, and ${names.length - 8} more` : ""}`;
}
