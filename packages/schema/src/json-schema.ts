import * as z from "zod";

import { fleetSchema } from "./fleet-file/schema/fleet.ts";

/**
 * The JSON Schema (draft 2020-12) of fleet.yaml, for editors. It knows the keys, their types and what they mean;
 * names, addresses and selectors are only checked by Flurry itself.
 */
export function fleetJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(fleetSchema, { io: "input", target: "draft-2020-12" });
  return { $schema, $id: "https://unpkg.com/@flurry/schema/fleet.schema.json", ...schema };
}
