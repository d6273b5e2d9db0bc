import { join, relative, sep } from "node:path";

import { fleetInvalid, parseFleetYaml } from "@flurry/schema";
import type { FileWrite, PolicyChange } from "@flurry/secrets";

import { planGenerated } from "../fleet-repository/plan-generated.ts";
import type { OpenPolicy } from "./open-policy.ts";
import type { SecretsSession } from "./session.ts";

/** Files that are generated from what a fleet says about secrets. */
const generated = new Set([".sops.yaml", "secrets.nix", "secrets/hosts.nix"]);

/**
 * What the change of a fleet's policy makes of the files that are generated from it, to be written with it. Files that a
 * person changed are left alone, and named.
 *
 * @throws FlurryError FLURRY_FLEET_INVALID
 */
export function generatedWrites(
  { text, before }: PolicyChange,
  { fleet }: OpenPolicy,
  { warn }: SecretsSession,
): readonly FileWrite[] {
  if (before.source.kind !== "fleet" || fleet === undefined || text === undefined) return [];
  const { directory, path } = fleet;
  const read = parseFleetYaml(text, { file: before.source.file });
  if (!read.ok) throw fleetInvalid(read.issues);
  const changed = { kind: "write" as const, path: relative(directory, path).split(sep).join("/"), content: text };
  const { files } = planGenerated(read.value, { directory, changes: [changed] });
  return files.flatMap((file): FileWrite[] => {
    if (!generated.has(file.path) || file.state === "same") return [];
    if (file.state === "edited" || file.state === "hand-written") {
      warn(`${file.path} was changed by hand and is left as it is; flurry render shows the difference`);
      return [];
    }
    if (file.after === undefined) return [];
    const old = file.before === undefined ? undefined : Buffer.from(file.before, "utf8");
    return [{ path: join(directory, file.path), before: old, after: Buffer.from(file.after, "utf8") }];
  });
}
