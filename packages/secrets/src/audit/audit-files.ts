import { FlurryError } from "@flurry/core";
import type { Issue } from "@flurry/core";

import { decryptAge } from "../age/decrypt.ts";
import { finding } from "../policy/checks/finding.ts";
import type { PolicyFile } from "../rekey/plan.ts";
import { rekeyTools } from "../rekey/rekey-job.ts";
import type { RekeyKeys, RekeyTools } from "../rekey/rekey-job.ts";
import { findingsOf, unlockSops } from "../sops/document.ts";

/** What an audit with keys found. */
export interface FileAudit {
  /** Files that opened and whose MAC is right. */
  readonly proven: readonly string[];
  /** Files that none of the keys opens. */
  readonly closed: readonly string[];
  /** Damaged or changed files, and everything that the format leaves open in the others. */
  readonly findings: readonly Issue[];
}

/** How files are audited. */
export interface AuditFilesOptions {
  readonly signal?: AbortSignal | undefined;
  /** How findings name a file. Default: its path. */
  readonly name?: (path: string) => string;
}

/**
 * Opens every file, verifies it and throws the content away: what can be proved with the keys at hand. Also says what
 * `sops` accepts though nobody with the key may have written it.
 *
 * @throws FlurryError FLURRY_ABORTED, and what unlocking keys throws
 */
export async function auditFiles(
  files: readonly PolicyFile[],
  keys: RekeyKeys,
  { signal, name = (path) => path }: AuditFilesOptions = {},
): Promise<FileAudit> {
  const { unlock, ...rest } = keys;
  const identities = [...keys.identities, ...((await unlock?.()) ?? [])];
  const tools = await rekeyTools({ ...rest, identities });
  const proven: string[] = [];
  const closed: string[] = [];
  const findings: Issue[] = [];
  for (const file of files) {
    signal?.throwIfAborted();
    if (file.file.kind === "sops") {
      const place = { file: name(file.path) };
      findings.push(...findingsOf(file.file.file).map((issue) => ({ ...issue, place: { ...issue.place, ...place } })));
    }
    const state = await verify(file, tools);
    if (state === "proven") proven.push(file.path);
    else if (state === "closed") closed.push(file.path);
    else if (state !== undefined)
      findings.push(
        finding("not-proven", state.message, { place: { ...state.place, file: name(file.path) }, hint: state.hint }),
      );
  }
  return { proven, closed, findings };
}

async function verify(
  { path, file }: PolicyFile,
  tools: RekeyTools,
): Promise<"proven" | "closed" | FlurryError | undefined> {
  try {
    if (file.kind === "sops") await unlockSops(file.file, tools.openers);
    else if (file.kind === "age") (await decryptAge(file.content, tools.identities, { file: path })).fill(0);
    else return undefined;
    return "proven";
  } catch (error) {
    const known = FlurryError.from(error);
    return known.code === "FLURRY_SOPS_NO_KEY" || known.code === "FLURRY_AGE_NO_MATCH" ? "closed" : known;
  }
}
