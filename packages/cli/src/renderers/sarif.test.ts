import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";
import * as z from "zod";

import type { CheckFinding } from "../check/finding.ts";
import { allRules } from "../check/rules.ts";
import { sarifLog } from "./sarif.ts";

const path = new URL("../../../../fixtures/vectors/sarif/sarif-2.1.0-rtm.5.json", import.meta.url);
// What zod takes for an absolute URI; the last test here looks at them itself.
const text = readFileSync(path, "utf8").replaceAll('"format": "uri-reference"', '"format": "text"');
const schema = z.fromJSONSchema(JSON.parse(text));

const findings: readonly CheckFinding[] = [
  { rule: "nix-search-path", severity: "error", file: "hosts/a b.nix", line: 3, column: 5, message: "m", hint: "h" },
  { rule: "lock-path-input", severity: "warning", file: "flake.lock", line: 1, message: "no column" },
  { rule: "git-untracked", severity: "note", file: "Grüße #1?.nix", message: 'no line, "quotes"\nand two lines' },
  { rule: "evaluation", severity: "error", file: "flake.nix", message: "nas does not evaluate", host: "nas" },
  { rule: "a rule that nobody knows", severity: "error", file: "fleet.yaml", message: "" },
];

/** What the schema says of a log: one line a mistake. */
function mistakes(log: unknown): readonly string[] {
  const { error } = schema.safeParse(log);
  return (error?.issues ?? []).map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

function log(some: readonly CheckFinding[]): { runs: { results: Record<string, unknown>[] }[] } {
  return JSON.parse(sarifLog(some, { rules: allRules, version: "1.2.3", prefix: "fleet/" }));
}

describe("a SARIF log", () => {
  it.each<[what: string, some: readonly CheckFinding[]]>([
    ["nothing", []],
    ["everything", findings],
    ...findings.map((one): [string, readonly CheckFinding[]] => [one.rule, [one]]),
  ])("with %s is what the schema of SARIF 2.1.0 says", (_, some) => {
    expect(mistakes(log(some))).toEqual([]);
  });

  it.each([
    ["level", "grave"],
    ["colour", "red"],
    ["locations", {}],
    ["ruleIndex", -2],
  ])("is refused by the schema with a wrong %s", (key, value) => {
    const wrong = log(findings);
    const [result] = wrong.runs[0]?.results ?? [];
    if (result !== undefined) result[key] = value;
    expect(mistakes(wrong)).toHaveLength(1);
  });

  it("names places as URIs of the repository", () => {
    const uris = [...JSON.stringify(log(findings)).matchAll(/"uri":"([^"]*)"/g)].map(([, uri = ""]) => uri);
    expect(uris[0]).toBe("fleet/hosts/a%20b.nix");
    for (const uri of uris) expect(new URL(uri, "file:///srcroot/").pathname.startsWith("/srcroot/fleet/")).toBe(true);
    expect(uris.map((uri) => decodeURIComponent(uri))).toEqual(findings.map(({ file }) => `fleet/${file}`));
  });
});
