import { once } from "node:events";
import { connect } from "node:net";

import { FlurryError } from "@flurry/core";
import type { TcpCheck } from "@flurry/schema";
import type { SshSession } from "@flurry/ssh";

import type { HostLink } from "../host/host-link.ts";
import type { HealthContext } from "./check-health.ts";

/** Milliseconds that one connection may take. */
const connectMs = 5000;

/** Passes when the port accepts a connection from the deployer. */
export async function tcpCheck(
  link: HostLink,
  check: TcpCheck,
  { signal }: HealthContext,
): Promise<string | undefined> {
  const session: SshSession = await link.session(signal);
  const host = check.host ?? session.address;
  const socket = connect({ host, port: check.port });
  try {
    await once(socket, "connect", { signal: AbortSignal.any([signal, AbortSignal.timeout(connectMs)]) });
    return undefined;
  } catch (cause) {
    throw new FlurryError("FLURRY_HEALTH_FAILED", `nothing accepts connections at ${host} port ${check.port}`, {
      cause,
    });
  } finally {
    socket.destroy();
  }
}
