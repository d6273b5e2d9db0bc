import type { BuildPlace, Host } from "@flurry/schema";

/** The flag of every command that builds. */
export interface BuildOnFlag {
  readonly buildOn?: BuildPlace;
}

/** How stricli reads {@link BuildOnFlag}. */
export const buildOnFlag = {
  buildOn: {
    kind: "parsed",
    optional: true,
    parse: readBuildPlace,
    brief: "Where to build: local, target, a host or a store",
  },
} as const;

async function readBuildPlace(input: string): Promise<BuildPlace> {
  const { buildPlace, checkBuildPlace } = await import("@flurry/schema");
  const complaint = checkBuildPlace(input);
  // Of what an asynchronous parser throws, stricli does not tell the flag.
  if (complaint !== undefined) throw new Error(`--build-on: ${[complaint.message, complaint.hint].join("; ")}`);
  return buildPlace(input);
}

/** The hosts as the flag has them built. */
export function builtOn(hosts: readonly Host[], { buildOn }: BuildOnFlag): readonly Host[] {
  return buildOn === undefined ? hosts : hosts.map((host) => ({ ...host, deploy: { ...host.deploy, buildOn } }));
}
