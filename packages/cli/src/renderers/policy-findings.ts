import type { Issue } from "@flurry/core";

import type { Colors } from "./colors.ts";
import { count } from "./measures.ts";
import { plainLine } from "./plain-text.ts";

/** Findings as `file:line:column: error: what [rule]`, which editors and CI jump to, with the way out below. */
export function renderPolicyFindings(issues: readonly Issue[], colors: Colors): string {
  return issues
    .map(({ code, message, severity, place, hint }) => {
      const where = [place?.file, place?.line, place?.column].filter((part) => part !== undefined).join(":");
      const word = severity === "error" ? colors.red("error") : colors.yellow("warning");
      const more = hint === undefined ? "" : `  ${colors.cyan("hint:")} ${plainLine(hint)}\n`;
      return `${where === "" ? "" : `${plainLine(where)}: `}${word}: ${plainLine(message)} ${colors.dim(`[${code}]`)}\n${more}`;
    })
    .join("");
}

/** `12 files are as the policy says`, or how much is not. */
export function summaryOf(issues: readonly Issue[], files: number): string {
  const errors = issues.filter(({ severity }) => severity === "error").length;
  const warnings = issues.length - errors;
  if (issues.length === 0) return `${count(files, "file")} of secrets checked: all as the policy says\n`;
  const parts = [
    ...(errors > 0 ? [count(errors, "error")] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
  ];
  return `${parts.join(" and ")} in ${count(files, "file")} of secrets\n`;
}
