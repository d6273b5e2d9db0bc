import type { CheckFinding } from "../check/finding.ts";
import type { RuleInfo } from "../check/rule.ts";

/** What a report is made of. */
export interface SarifOptions {
  readonly rules: readonly RuleInfo[];
  /** The version of Flurry. */
  readonly version: string;
  /** The path of the fleet in its git repository, with `/` at the end, or empty. */
  readonly prefix: string;
}

/**
 * Findings as a SARIF log, which code review tools show beside the lines.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifLog(findings: readonly CheckFinding[], { rules, version, prefix }: SarifOptions): string {
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "flurry",
            version,
            informationUri: "https://github.com/flurry-nix/flurry",
            rules: rules.map(({ name, about, severity }) => ({
              id: name,
              shortDescription: { text: about },
              defaultConfiguration: { level: severity },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { SRCROOT: { description: { text: "The top of the repository" } } },
        results: findings.map((finding) => resultOf(finding, rules, prefix)),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function resultOf(finding: CheckFinding, rules: readonly RuleInfo[], prefix: string): object {
  const { rule, severity, message, hint, file, line, column } = finding;
  const ruleIndex = rules.findIndex(({ name }) => name === rule);
  const region =
    line === undefined ? {} : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } };
  return {
    ruleId: rule,
    ...(ruleIndex === -1 ? {} : { ruleIndex }),
    level: severity,
    message: { text: hint === undefined ? message : `${message}. ${hint}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: {
            uri: encodeURI(`${prefix}${file}`).replaceAll("#", "%23").replaceAll("?", "%3F"),
            uriBaseId: "SRCROOT",
          },
          ...region,
        },
      },
    ],
  };
}
