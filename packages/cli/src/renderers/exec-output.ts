import type { HostExecResult } from "@flurry/deploy";

import type { Colors } from "./colors.ts";
import { renderError } from "./error.ts";
import { count, timeSpan } from "./measures.ts";
import { plainText } from "./plain-text.ts";
import { padEnd, widest } from "./width.ts";

/** One line that a command printed on a host, behind the host's name, with its line feed. */
export function prefixedLine(
  host: string,
  line: string,
  { names, colors }: { readonly names: readonly string[]; readonly colors: Colors },
): string {
  return `${colors.dim(`${padEnd(host, widest(names, 24))} |`)} ${plainText(line)}`.trimEnd() + "\n";
}

/** How a command ended on all hosts: one line when it is all well, else also one for each host where it is not. */
export function renderExecSummary(results: readonly HostExecResult[], colors: Colors): string {
  const bad = results.filter((result) => result.exitCode !== 0);
  const slowest = Math.max(0, ...results.map((result) => result.durationMs));
  const lines = bad.map(({ host, error, ...end }) => {
    if (error !== undefined) return renderError({ ...error, host }, { colors, verbose: false });
    return `${colors.red("✗")} ${host}: the command ${howItEnded(end)}`;
  });
  const well = results.length - bad.length;
  const sum =
    bad.length === 0
      ? `${colors.green("✓")} ${count(well, "host")} ok in ${timeSpan(slowest)}`
      : `${well} of ${count(results.length, "host")} ok, ${colors.red(`${bad.length} failed`)}, in ${timeSpan(slowest)}`;
  return [...lines, sum].map((line) => `${line}\n`).join("");
}

function howItEnded({ exitCode, signal }: Pick<HostExecResult, "exitCode" | "signal">): string {
  if (exitCode !== null) return `ended with exit code ${exitCode}`;
  return signal === undefined ? "was killed" : `was killed by ${plainText(signal)}`;
}

/**
 * What the command printed, once for all hosts that it printed the same on, standard error behind standard output. Most
 * hosts first: what is different somewhere stands at the end. Hosts that printed nothing are not there.
 */
export function renderGrouped(results: readonly HostExecResult[], colors: Colors): string {
  const groups = new Map<string, string[]>();
  for (const { host, stdout, stderr } of results) {
    const text = plainText(stdout + stderr);
    if (text.trim() !== "") groups.set(text, [...(groups.get(text) ?? []), host]);
  }
  return [...groups]
    .sort(([, first], [, second]) => second.length - first.length)
    .map(([text, hosts]) => {
      const many = hosts.length === 1 ? "" : ` (${count(hosts.length, "host")})`;
      return `${colors.bold(`${hosts.join(", ")}${many}`)}\n${text.trimEnd().replaceAll(/^(?=.)/gm, "  ")}\n`;
    })
    .join("\n");
}
