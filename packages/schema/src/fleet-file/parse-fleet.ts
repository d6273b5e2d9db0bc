import type { Issue, Result } from "@flurry/core";

import type { Fleet } from "../fleet/fleet.ts";
import { rolloutDefaults } from "../fleet/rollout.ts";
import { dependencyMistakes } from "./check-dependencies.ts";
import { givenTwice, sharedAddresses, slowHealthChecks, unknownBuilders } from "./check-hosts.ts";
import { resolveHost } from "./resolve-host.ts";
import { resolveInputs } from "./resolve-inputs.ts";
import { resolveRollout } from "./resolve-rollout.ts";
import { resolveSecrets } from "./resolve-secrets.ts";
import { fleetSchema } from "./schema/fleet.ts";
import type { FleetInput } from "./schema/fleet.ts";
import { checkAgainst } from "./zod-issues.ts";

/** What a reader of a fleet knows beside the data. */
export interface ReadOptions {
  /** The file that the data comes from, as people should see it in messages. */
  readonly file?: string;
}

/**
 * Reads what a fleet file holds, already as data, and fills in all defaults. Issues have paths and no lines.
 *
 * @param data - the mapping of a fleet.yaml, or what a fleet.config.ts exports
 */
export function parseFleet(data: unknown, options: ReadOptions = {}): Result<Fleet> {
  const checked = checkAgainst(fleetSchema, data);
  const read = checked.ok ? resolveFleet(checked.value, options) : checked;
  return options.file === undefined ? read : placed(read, options.file);
}

function resolveFleet(input: FleetInput, { file }: ReadOptions): Result<Fleet> {
  const issues: Issue[] = [...givenTwice(input)];
  const report = (issue: Issue): void => void issues.push(issue);
  const unreachable = input.rollout?.unreachable ?? rolloutDefaults.unreachable;
  const defaults = input.defaults ?? {};
  const { configurations } = input;
  const hosts = Object.entries(input.hosts).map(([name, host]) =>
    resolveHost(name, host ?? {}, { defaults, unreachable, configurations }),
  );
  const fleet: Fleet = {
    ...(input.description === undefined ? {} : { description: input.description }),
    source: { kind: "fleet-file", ...(file === undefined ? {} : { file }) },
    ...(input.nixpkgs === undefined ? {} : { nixpkgs: input.nixpkgs }),
    inputs: resolveInputs(input, report),
    hosts,
    rollout: resolveRollout(input.rollout ?? {}, hosts, report),
    ...(input.metrics?.prometheus === undefined ? {} : { prometheusFile: input.metrics.prometheus }),
    ...(input.secrets === undefined ? {} : { secrets: resolveSecrets(input.secrets, hosts, report) }),
  };
  issues.push(
    ...dependencyMistakes(hosts, fleet.rollout),
    ...sharedAddresses(hosts),
    ...slowHealthChecks(hosts),
    ...unknownBuilders(hosts),
  );
  if (issues.some((issue) => issue.severity === "error")) return { ok: false, issues };
  return { ok: true, value: fleet, warnings: issues };
}

function placed(result: Result<Fleet>, file: string): Result<Fleet> {
  const place = (issue: Issue): Issue => ({ ...issue, place: { file } });
  return result.ok
    ? { ...result, warnings: result.warnings.map(place) }
    : { ok: false, issues: result.issues.map(place) };
}
