import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { Issue } from "@flurry/core";

/** A remark on directories with variables beside an inventory, which are not read. */
export async function neighbouringVariables(path: string, file: string): Promise<readonly Issue[]> {
  const found = await Promise.all(
    ["group_vars", "host_vars"].map(async (name) => {
      const entries = await readdir(join(dirname(path), name)).catch(() => []);
      return entries.length === 0 ? [] : [name];
    }),
  );
  return found.flat().map((name) => ({
    code: "not-imported",
    message: `${name} beside the inventory is not read`,
    severity: "warning",
    path: [],
    place: { file, line: 1, column: 1 },
    hint: "set addresses and users that stand there in fleet.yaml",
  }));
}
