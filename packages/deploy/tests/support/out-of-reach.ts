import { parseFleet } from "@flurry/schema";

import { HostLink } from "../../src/host/host-link.ts";

/** The link to a host that cannot be reached, without any network: it is only deployed on itself, and is another machine. */
export function linkOutOfReach(): HostLink {
  const fleet = parseFleet({ hosts: { laptop: { deploy: { local: "only" } } } });
  const [host] = fleet.ok ? fleet.value.hosts : [];
  if (host === undefined) throw new Error("there is no host");
  return new HostLink(host, { env: {}, cwd: "/" });
}
