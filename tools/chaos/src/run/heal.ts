import { FlurryError } from "@flurry/core";
import type { LabHost } from "@flurry/lab";

import type { RoundLog } from "./log.ts";

/** Mends all that a fault may have left on a host, except what the host's own systems did. */
export async function heal(host: LabHost, log: RoundLog): Promise<void> {
  const attempts: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["power", async () => ((await host.hasPower()) ? undefined : await host.powerOn())],
    ["thaw", () => host.thaw()],
    ["link", () => host.link("up")],
    ["blackhole", () => host.blackhole("off")],
    ["reject", () => host.reject("off")],
    ["loss", () => host.loss(0)],
    ["clock", () => host.clock(0)],
    ["disk", async () => (host.spec.storeSizeMiB === undefined ? undefined : await host.freeDisk())],
  ];
  for (const [what, attempt] of attempts) {
    await attempt().catch((error: unknown) => {
      log.say(host.name, `could not heal ${what}: ${FlurryError.from(error).message.slice(0, 200)}`);
    });
  }
}

/** Mends an sshd that a fault has stopped or frozen. What was there before a fault is for the host to restore. */
export async function healSshd(host: LabHost): Promise<void> {
  await host.sshd("thaw").catch(() => {});
  await host.run(["systemctl", "start", "sshd.service"], { timeoutMs: 20_000 }).catch(() => {});
}
