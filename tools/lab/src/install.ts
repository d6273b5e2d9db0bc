import { isStorePath } from "@flurry/core";

import type { HostSpec } from "./host-options.ts";
import type { HostContext } from "./host.ts";
import { LabError } from "./lab-error.ts";
import { keepInCache } from "./store-cache.ts";

const installScript = `
set -eu
disk=/.flurry-lab/hosts/$1
nix copy --no-check-sigs --to "local?root=$disk" "$2"
nix-env --store "local?root=$disk" --profile "$disk/nix/var/nix/profiles/system" --set "$2"
mkdir -p "$disk/boot"
echo "$2" > "$disk/boot/lab-default"`;

/** Copies a system from the deployer's store to a host without power, as its generation 1 and boot entry. */
export async function installSystem(
  host: HostSpec,
  toplevel: string,
  { shell, deployerEnv, cacheDirectory }: Omit<HostContext, "ssh">,
): Promise<void> {
  if (!isStorePath(toplevel))
    throw new LabError("LAB_INVALID", `${JSON.stringify(toplevel)} is no system: it has to be a store path`);
  if (cacheDirectory !== undefined) await keepInCache(shell, cacheDirectory, [toplevel], deployerEnv);
  await shell.check(["sh", "-c", installScript, "sh", host.name, toplevel], { env: deployerEnv, timeoutMs: 300_000 });
}
