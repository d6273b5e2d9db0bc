import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { fleetJsonSchema } from "./json-schema.ts";

const file = new URL("../fleet.schema.json", import.meta.url);

/** Every mapping of fixed keys in a JSON Schema, with the place where it stands. */
function propertiesIn(schema: unknown, place = "#"): readonly (readonly [string, object])[] {
  if (typeof schema !== "object" || schema === null) return [];
  const inner = Object.entries(schema).flatMap(([key, value]) => propertiesIn(value, `${place}/${key}`));
  if (!("properties" in schema) || typeof schema.properties !== "object" || schema.properties === null) return inner;
  return [...Object.entries(schema.properties).map(([key, value]) => [`${place}/${key}`, value] as const), ...inner];
}

describe("fleet.schema.json", () => {
  it("is what the schema says", () => {
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(fleetJsonSchema());
  });

  it("describes every key, for editors to show", () => {
    const keys = propertiesIn(fleetJsonSchema());
    expect(keys.length).toBeGreaterThan(60);
    const silent = keys.filter(([, value]) => !("description" in value) && !("$ref" in value));
    expect(silent.map(([place]) => place)).toEqual([]);
  });
});
