import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";

import type { StorePath } from "@flurry/core";

import { bootParts } from "./boot-change.ts";
import type { BootFiles, BootPart } from "./boot-change.ts";

/** The boot parts of a system in this machine's store; none of a path that is not there. */
export async function localBootFiles(system: StorePath): Promise<BootFiles> {
  const found = await Promise.all(
    bootParts.map(async (part): Promise<readonly (readonly [BootPart, string])[]> => {
      const file = join(system, part);
      const value = await (part === "kernel-params" ? readFile(file, "utf8").then(firstLine) : realpath(file)).catch(
        () => undefined,
      );
      return value === undefined ? [] : [[part, value]];
    }),
  );
  return Object.fromEntries(found.flat());
}

// As `$(cat …)` gives it on a host.
function firstLine(text: string): string {
  return text.replace(/\n+$/, "");
}
