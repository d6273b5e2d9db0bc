import { FlurryError } from "@flurry/core";

import type { Examination } from "./examine.ts";
import type { Finding } from "./finding.ts";

/** A host that no `Host` block names: what holds for it holds for every host without settings of its own. */
const anyHost = { name: "any host", addresses: ["any-host.invalid"] };

/** Which program speaks SSH with hosts, and why. */
export async function examineTransport({ services, ssh, signal }: Examination): Promise<Finding> {
  const name = "transport";
  try {
    const { transport, reason } = await services.transportFor(anyHost, ssh, { signal });
    const found = { name, status: "ok", data: { transport, reason } } as const;
    if (transport === "ssh2") return { ...found, text: `ssh2, in this process: ${reason}` };
    const hint = "each connection and command takes a process of ssh, and jump hosts are not shared";
    return { ...found, text: `openssh: ${reason}`, hint };
  } catch (error) {
    const { message, hint } = FlurryError.from(error);
    return { name, status: "poor", text: message, ...(hint === undefined ? {} : { hint }) };
  }
}
