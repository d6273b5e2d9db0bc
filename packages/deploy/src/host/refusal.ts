import { FlurryError } from "@flurry/core";

import { lockHolder } from "./facts.ts";
import type { Reply } from "./reply.ts";

/**
 * Throws what the supervisor refused to do, if it refused.
 *
 * @throws FlurryError FLURRY_HOST_LOCKED, FLURRY_HOST_MOVED, FLURRY_HOST_UNSUITABLE, FLURRY_HOST_BUSY
 */
export function throwIfRefused(reply: Reply, host: string): void {
  const reason = reply.one("refused");
  if (reason !== undefined) throw refusal(reason, reply, host);
}

function refusal(reason: string, reply: Reply, host: string): FlurryError {
  const [word, detail] = reason.split(" ");
  switch (word) {
    case "locked":
      return locked(reply, host);
    case "lock-lost":
      return new FlurryError(
        "FLURRY_HOST_LOCKED",
        "the lock of the host expired before the activation, and another run may have taken it",
        { host, hint: "Deploy again." },
      );
    case "moved":
      return new FlurryError(
        "FLURRY_HOST_MOVED",
        `the host now runs ${reply.one("current") ?? "another system"}, not what it ran when this run began`,
        {
          host,
          hint: "Someone else deployed to it meanwhile; look at it with `flurry status`, then deploy again.",
        },
      );
    case "tool":
      return new FlurryError("FLURRY_HOST_UNSUITABLE", `the host has no ${detail ?? "tool"} on PATH`, {
        host,
        hint: `Add the package that brings ${detail ?? "it"} to environment.systemPackages.`,
      });
    case "not-nixos":
      return new FlurryError("FLURRY_HOST_UNSUITABLE", "the host does not run NixOS: it has no /etc/NIXOS", { host });
    case "no-profile":
      return new FlurryError(
        "FLURRY_HOST_UNSUITABLE",
        "the host has no system profile at /nix/var/nix/profiles/system",
        { host },
      );
    case "not-a-system":
      return new FlurryError("FLURRY_HOST_UNSUITABLE", "the new system has no bin/switch-to-configuration", { host });
    case "no-timer":
      return new FlurryError(
        "FLURRY_HOST_UNSUITABLE",
        "the host could not start the timer that would bring it back, so nothing was activated",
        { host, hint: "See `systemctl status` on the host." },
      );
    case "open":
      return new FlurryError("FLURRY_HOST_BUSY", "the host is still finishing this run", { host });
    case "unknown-run":
      return new FlurryError("FLURRY_HOST_FORGOT", "the host has no record of this run", { host });
    case undefined:
    default:
      return new FlurryError("FLURRY_HOST_UNSUITABLE", `the host refused: ${reason}`, { host });
  }
}

function locked(reply: Reply, host: string): FlurryError {
  const holder = lockHolder(reply);
  const since = holder === undefined ? "" : ` since ${new Date(holder.since * 1000).toISOString()}`;
  return new FlurryError(
    "FLURRY_HOST_LOCKED",
    `${holder?.owner ?? "another run"} is deploying to the host${since} (run ${holder?.runId ?? "unknown"})`,
    {
      host,
      hint: "Wait for it to end; a run whose deployer died frees the host by itself within its deadlines.",
    },
  );
}
