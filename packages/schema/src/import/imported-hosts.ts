import type { Issue } from "@flurry/core";

import type { NewHost } from "../fleet-file/edit/add-host.ts";

/** What another tool's description of machines comes to. */
export interface ImportedHosts {
  /** In the order of the description; names differ. */
  readonly hosts: readonly NewHost[];
  /** Everything that has no place in a fleet file, and everything that is wrong: none of it stops the others. */
  readonly issues: readonly Issue[];
}

/** How to read; the same for all descriptions. */
export interface ImportOptions {
  /** The file, as people should see it in messages. */
  readonly file: string;
}

/** A remark with its line. */
export function importIssue(
  code: string,
  message: string,
  { file, line, hint }: { readonly file: string; readonly line?: number; readonly hint?: string },
): Issue {
  const place = line === undefined ? { file } : { file, line, column: 1 };
  return { code, message, severity: "warning", path: [], place, ...(hint === undefined ? {} : { hint }) };
}
