import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";
import * as z from "zod";

import { repositoryRoot } from "./repository.ts";

const lockSchema = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

it("the lock file has the optional packages of all platforms, or npm ci refuses it (else: npm run lock:complete)", async () => {
  const { packages } = lockSchema.parse(JSON.parse(await readFile(join(repositoryRoot, "package-lock.json"), "utf8")));
  const present = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, "")));
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
  expect(wanted.length).toBeGreaterThan(0);
  expect(wanted.filter((name) => !present.has(name))).toEqual([]);
});
