import type { Issue } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { colorsFor } from "./colors.ts";
import { renderPolicyFindings, summaryOf } from "./policy-findings.ts";

const issues: readonly Issue[] = [
  {
    code: "rule-unreachable",
    path: [],
    severity: "error",
    message: "No file gets here",
    place: { file: ".sops.yaml", line: 8 },
  },
  {
    path: [],
    code: "reader-missing",
    severity: "error",
    message: "nas cannot read it",
    place: { file: "a.yaml" },
    hint: "rekey",
  },
  {
    code: "shadowed",
    path: [],
    severity: "warning",
    message: "Two rules",
    place: { file: ".sops.yaml", line: 9, column: 5 },
  },
];

describe("findings of a policy", () => {
  it("stand together by file, each with its way out", () => {
    expect(renderPolicyFindings(issues, colorsFor(false))).toBe(
      ".sops.yaml:8: error: No file gets here [rule-unreachable]\n" +
        ".sops.yaml:9:5: warning: Two rules [shadowed]\n" +
        "\n" +
        "a.yaml: error: nas cannot read it [reader-missing]\n  hint: rekey\n",
    );
  });

  it("are counted with the files that they are in, beside those that were looked at", () => {
    expect(summaryOf(issues, 12)).toBe("\n12 encrypted files checked: 2 errors and 1 warning in 2 files\n");
    expect(summaryOf([], 1, "opened and verified")).toBe(
      "1 encrypted file opened and verified: all as the policy says\n",
    );
  });
});
