import type { HostChange, LockChange } from "@flurry/nix";

import { pinText } from "../renderers/inputs-table.ts";

/** The message of the commit of an update: what moved, and which hosts it changes. */
export function updateMessage(changes: readonly LockChange[], hosts: readonly HostChange[]): string {
  const own = changes.filter(({ input }) => !input.includes("/"));
  const named = (own.length === 0 ? changes : own).map(({ input }) => input);
  const title = named.length > 3 ? `${named.length} inputs` : named.join(", ");
  const moved = changes.map(lineOf).join("\n");
  return `flake.lock: update ${title}\n\n${moved}\n\n${hostLines(hosts)}\n`;
}

function lineOf({ input, kind, before, after, compareUrl }: LockChange): string {
  const url = compareUrl === undefined ? "" : `\n  ${compareUrl}`;
  switch (kind) {
    case "added":
      return `- ${input}: ${pinText(after)} (new)`;
    case "removed":
      return `- ${input}: removed`;
    case "changed":
      return `- ${input}: ${pinText(before)} -> ${pinText(after)}${url}`;
  }
}

function hostLines(hosts: readonly HostChange[]): string {
  const of = (status: HostChange["status"]): readonly string[] =>
    hosts.filter((each) => each.status === status).map(({ host }) => host);
  const changed = of("changed");
  const failed = of("failed");
  return [
    changed.length === 0 ? "No host changes." : `Hosts that change: ${changed.join(", ")}`,
    ...(failed.length === 0 ? [] : [`Hosts that do not evaluate: ${failed.join(", ")}`]),
  ].join("\n");
}
