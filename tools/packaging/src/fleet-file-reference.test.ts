import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { fleetFileReference } from "./fleet-file-reference.ts";
import { repositoryRoot } from "./repository.ts";

it("docs/fleet-file.md is written from the schema: npm run docs", async () => {
  expect(await readFile(join(repositoryRoot, "docs/fleet-file.md"), "utf8")).toBe(fleetFileReference());
});

it("names every key of a fleet file", async () => {
  const schema = await readFile(join(repositoryRoot, "packages/schema/fleet.schema.json"), "utf8");
  const keys = new Set<string>();
  JSON.parse(schema, (name, value: unknown) => {
    if (name === "properties" && typeof value === "object" && value !== null)
      for (const key of Object.keys(value)) keys.add(key);
    return value;
  });
  // The parts of values that have a short form too are told with it.
  const told = [...keys].filter((key) => !["evaluate", "copy", "activate", "host"].includes(key));
  const text = fleetFileReference();
  expect(told.filter((key) => !text.includes(`| \`${key}\``))).toEqual([]);
});
