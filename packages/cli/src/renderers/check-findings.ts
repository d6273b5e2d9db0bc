import type { CheckFinding } from "../check/finding.ts";
import type { Colors } from "./colors.ts";
import { count } from "./measures.ts";
import { plainLine } from "./plain-text.ts";

const severityColors = { error: "red", warning: "yellow", note: "cyan" } as const satisfies Record<
  CheckFinding["severity"],
  keyof Colors
>;

/** One line for each finding, as compilers write them: `file:line:column severity message  rule`, its hint below. */
export function renderCheckFindings(findings: readonly CheckFinding[], colors: Colors): string {
  return findings
    .map((finding) => {
      const { rule, severity, message, hint } = finding;
      const word = colors[severityColors[severity]](severity);
      const head = `${placeText(finding)}: ${word}: ${plainLine(message)} ${colors.dim(`[${rule}]`)}\n`;
      return hint === undefined ? head : `${head}  ${colors.dim("hint:")} ${plainLine(hint)}\n`;
    })
    .join("");
}

/** "1 error, 2 warnings". */
export function countFindings(findings: readonly CheckFinding[]): string {
  const parts = (["error", "warning", "note"] as const).flatMap((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [count(number, severity)];
  });
  return parts.length === 0 ? "nothing found" : parts.join(", ");
}

function placeText({ file, line, column }: CheckFinding): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}
