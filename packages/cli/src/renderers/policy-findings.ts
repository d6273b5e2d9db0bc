import type { Issue } from "@flurry/core";

import type { Colors } from "./colors.ts";
import { count } from "./measures.ts";
import { plainLine } from "./plain-text.ts";

/**
 * Findings as `file:line:column: error: what [rule]`, which editors and CI jump to, with the way out below; those of one
 * file together.
 */
export function renderPolicyFindings(issues: readonly Issue[], colors: Colors): string {
  const files = [...new Set(issues.map(({ place }) => place?.file))];
  return files
    .map((file) =>
      issues
        .filter(({ place }) => place?.file === file)
        .map((issue) => renderFinding(issue, colors))
        .join(""),
    )
    .join("\n");
}

function renderFinding({ code, message, severity, place, hint }: Issue, colors: Colors): string {
  const where = [place?.file, place?.line, place?.column].filter((part) => part !== undefined).join(":");
  const word = severity === "error" ? colors.red("error") : colors.yellow("warning");
  const more = hint === undefined ? "" : `  ${colors.cyan("hint:")} ${plainLine(hint)}\n`;
  return `${where === "" ? "" : `${colors.bold(plainLine(where))}: `}${word}: ${plainLine(message)} ${colors.dim(`[${code}]`)}\n${more}`;
}

/**
 * `12 encrypted files checked: all as the policy says`, or how much is not.
 *
 * @param what - was done with the files
 */
export function summaryOf(issues: readonly Issue[], files: number, what = "checked"): string {
  const checked = `${count(files, "encrypted file")} ${what}`;
  if (issues.length === 0) return `${checked}: all as the policy says\n`;
  const errors = issues.filter(({ severity }) => severity === "error").length;
  const warnings = issues.length - errors;
  const parts = [
    ...(errors > 0 ? [count(errors, "error")] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
  ];
  const places = new Set(issues.map(({ place }) => place?.file)).size;
  return `\n${checked}: ${parts.join(" and ")} in ${count(places, "file")}\n`;
}
