import { createHash } from "node:crypto";

import { drvPath, storePath } from "@flurry/core";
import type { DrvPath, StorePath } from "@flurry/core";
import * as z from "zod";

import { declaredSecrets } from "./declared-secrets.ts";
import type { DeclaredSecrets } from "./declared-secrets.ts";
import type { RecordedDependency } from "./dependency.ts";

/** An answer of an evaluation with all that it depends on: while none of that changes, the answer stands. */
export interface EvaluationRecord {
  readonly dependencies: readonly RecordedDependency[];
  readonly drvPath: DrvPath;
  readonly outPath: StorePath;
  readonly system: string;
  /** What the configuration says of its secrets; missing when it declares none. */
  readonly secrets?: DeclaredSecrets;
  /** What the user's code printed, to be shown again. */
  readonly log: readonly RecordedLine[];
  /** True when an evaluation that could see nothing else came to the same answer. */
  readonly proven: boolean;
  /** Why the record, unless it is proven, depends on the whole source: what may leave no trace. */
  readonly doubts: readonly Doubt[];
}

/** A line that an evaluation printed. */
export interface RecordedLine {
  readonly level: "info" | "warn";
  readonly line: string;
}

/**
 * Why the reads of an evaluation may not be all that its answer depends on.
 * `unseen`: nobody saw them. `leak`: the source's path is in a derivation. `import-from-derivation`: it may be in one that
 * was built and read. `hash`: the user's files hash texts, and such a text may be a path. `relative-input`: an input is
 * a part of the source. `refuted`: an earlier proof for this host failed.
 */
export type Doubt = (typeof doubts)[number];

const doubts = ["unseen", "leak", "import-from-derivation", "hash", "relative-input", "refuted"] as const;

const kinds = ["open", "stat", "lstat", "real", "input", "self", "names", "tree"] as const;

const schema = z.object({
  dependencies: z.array(z.tuple([z.enum(kinds), z.string(), z.string()])),
  drvPath: z.string(),
  outPath: z.string(),
  system: z.string(),
  secrets: declaredSecrets.optional(),
  log: z.array(z.object({ level: z.enum(["info", "warn"]), line: z.string() })),
  proven: z.boolean(),
  doubts: z.array(z.enum(doubts)),
});

/** What a file of a record begins with. Another number is another format. */
const head = "flurry-evaluation 1 ";

/** A record as the content of a file, with a checksum. */
export function encodeRecord(record: EvaluationRecord): string {
  const { dependencies, ...rest } = record;
  const rows = dependencies.map(({ kind, subject, value }) => [kind, subject, value]);
  const body = JSON.stringify({ ...rest, dependencies: rows });
  return `${head}${sha256(body)}\n${body}\n`;
}

/** What the content of a file is: a record, one of another version, or damaged. */
export type DecodedRecord =
  | { readonly kind: "record"; readonly record: EvaluationRecord }
  | { readonly kind: "other-version" }
  | { readonly kind: "damaged" };

/** The inverse of {@link encodeRecord}. */
export function decodeRecord(text: string): DecodedRecord {
  if (!text.startsWith(head)) return { kind: text.startsWith("flurry-evaluation ") ? "other-version" : "damaged" };
  const end = text.indexOf("\n");
  const body = text.slice(end + 1, -1);
  if (end === -1 || !text.endsWith("\n") || sha256(body) !== text.slice(head.length, end)) return { kind: "damaged" };
  try {
    const { dependencies, secrets, ...rest } = schema.parse(JSON.parse(body));
    const record = {
      ...rest,
      ...(secrets === undefined ? {} : { secrets }),
      dependencies: dependencies.map(([kind, subject, value]) => ({ kind, subject, value })),
      drvPath: drvPath(rest.drvPath),
      outPath: storePath(rest.outPath),
    };
    return { kind: "record", record };
  } catch {
    return { kind: "damaged" };
  }
}

/** Names a record by what it depends on: the same dependencies have one answer. */
export function recordName({ dependencies }: EvaluationRecord): string {
  const rows = dependencies.map(({ kind, subject, value }) => JSON.stringify([kind, subject, value])).sort();
  return sha256(rows.join("\n")).slice(0, 32);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
