import type { ImportedHosts } from "../../src/import/imported-hosts.ts";
import { renderIssue } from "../../src/render-issue.ts";

/** What could not be taken over, as people read it. */
export function issueLines({ issues }: ImportedHosts): readonly string[] {
  return issues.map((issue) => renderIssue({ ...issue, severity: "error" }));
}
