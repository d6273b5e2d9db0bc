import { FlurryError, nearestName } from "@flurry/core";
import type { Host } from "@flurry/schema";

/**
 * The hosts with nothing but the profiles that the command line names for them (`.#nas.notes`); hosts for which it names
 * none stay as they are. A host whose profile `system` is not among them keeps the system that it has.
 *
 * @throws FlurryError FLURRY_USAGE for a profile that a host does not have
 */
export function withChosenProfiles(
  hosts: readonly Host[],
  chosen: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Host[] {
  return hosts.map((host) => {
    const names = chosen.get(host.name);
    return names === undefined ? host : withProfiles(host, names);
  });
}

function withProfiles(host: Host, names: ReadonlySet<string>): Host {
  const { profiles = [], keepsSystem = false, ...rest } = host;
  const known = [...(keepsSystem ? [] : ["system"]), ...profiles.map(({ name }) => name)];
  for (const name of names) if (!known.includes(name)) throw unknownProfile(host.name, name, known);
  const left = profiles.filter(({ name }) => names.has(name));
  return {
    ...rest,
    ...(left.length === 0 ? {} : { profiles: left }),
    ...(names.has("system") ? {} : { keepsSystem: true }),
  };
}

function unknownProfile(host: string, name: string, known: readonly string[]): FlurryError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `it has ${known.join(", ")}` : `did you mean "${nearest}"?`;
  return new FlurryError("FLURRY_USAGE", `${host} has no profile "${name}"`, { host, hint });
}
