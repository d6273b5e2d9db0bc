import type { Issue } from "@flurry/core";

import { matchSelector } from "../selector/match.ts";
import type { Selectable } from "../selector/match.ts";
import { parseSelector } from "../selector/parse.ts";
import type { Selector } from "../selector/selector.ts";

/** A selector of the fleet file: parsed, with the names of the hosts it chooses and what is wrong with it. */
export interface CheckedSelector {
  /** Absent when the text is no selector. */
  readonly selector?: Selector;
  readonly hosts: readonly string[];
  readonly issues: readonly Issue[];
}

/** Reads a selector that stands in the fleet file, so that its mistakes are found before anything runs. */
export function checkSelector(
  text: string,
  hosts: readonly Selectable[],
  path: readonly (string | number)[],
): CheckedSelector {
  const parsed = parseSelector(text);
  if (!parsed.ok) {
    const message = `${parsed.message}, at character ${parsed.position + 1} of ${JSON.stringify(text)}`;
    return { hosts: [], issues: [issueOf("invalid-selector", message, path, parsed.hint)] };
  }
  const { selector } = parsed;
  // "*" means all hosts, also of a fleet that has none yet.
  if (selector.kind === "host" && selector.pattern === "*") {
    return { selector, hosts: hosts.map((host) => host.name), issues: [] };
  }
  const matched = matchSelector(selector, hosts);
  if (!matched.ok) {
    const issues = matched.unmatched.map((term) => issueOf("nothing-selected", term.message, path, term.hint));
    return { selector, hosts: [], issues };
  }
  if (matched.hosts.length === 0) {
    return {
      selector,
      hosts: [],
      issues: [issueOf("nothing-selected", `no host matches ${JSON.stringify(text)}`, path)],
    };
  }
  return { selector, hosts: matched.hosts.map((host) => host.name), issues: [] };
}

function issueOf(code: string, message: string, path: readonly (string | number)[], hint?: string): Issue {
  return { code, message, severity: "error", path, ...(hint === undefined ? {} : { hint }) };
}
