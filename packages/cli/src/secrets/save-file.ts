import { resolve } from "node:path";

import { writeSecretFile } from "@flurry/secrets";

import { jsonDocument } from "../renderers/json-document.ts";
import type { SecretsSession } from "./session.ts";

/** What a command makes of a file. */
export interface Save {
  readonly command: string;
  /** As the user wrote it. */
  readonly name: string;
  /** What the file held when it was read; undefined when there was none. */
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array;
  /** What is said of it: "smb.password set". */
  readonly what: string;
  readonly dryRun?: boolean | undefined;
  /** Permission bits, where they are not to stay. */
  readonly mode?: number;
}

/** Writes what a command made of a file, in one step, and says so. A file that stays as it is, is not touched. */
export async function saveFile(save: Save, { cwd, output, say }: SecretsSession): Promise<number> {
  const { name, before, after, dryRun, mode } = save;
  const changed = before === undefined || !Buffer.from(before).equals(after);
  if (changed && dryRun !== true)
    await writeSecretFile(resolve(cwd, name), after, {
      expected: before ?? null,
      ...(mode === undefined ? {} : { mode }),
    });
  if (output.json)
    output.stdout.write(jsonDocument(save.command, { file: name, changed, written: changed && dryRun !== true }));
  else say(`${name}: ${changed ? save.what : "nothing changes"}${changed && dryRun === true ? " (not written)" : ""}`);
  return 0;
}
