import { FlurryError, nearestName } from "@flurry/core";

import type { HostFlags } from "../command-line/repository-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { addHost } from "../host/add-host.ts";
import type { HostCommand } from "../host/host-command.ts";
import { listHosts } from "../host/list-hosts.ts";
import { removeHost } from "../host/remove-host.ts";
import { guarded } from "../run/guard.ts";

const actions = { ls: listHosts, add: addHost, rm: removeHost } as const;

/** `flurry host`: adds, removes and lists the hosts of a fleet file. */
export async function host(this: CommandScope, flags: HostFlags, ...words: readonly string[]): Promise<void> {
  const { cli: context } = this;
  await guarded(this, flags, async (interruption) => {
    const [action = "ls", ...names] = words;
    if (!isAction(action)) throw unknownAction(action);
    refuseForeignFlags(action, flags);
    const command: HostCommand = { context, flags, names, interruption };
    return await actions[action](command);
  });
}

function isAction(word: string): word is keyof typeof actions {
  return Object.hasOwn(actions, word);
}

function unknownAction(word: string): FlurryError {
  const names = Object.keys(actions);
  const nearest = nearestName(word, names);
  return new FlurryError("FLURRY_USAGE", `flurry host has no action "${word}"`, {
    hint: nearest === undefined ? `it has ${names.join(", ")}` : `did you mean flurry host ${nearest}?`,
  });
}

const ofAdd = ["address", "tag", "module", "system", "sshUser", "port", "jump", "key", "scan", "offline"] as const;

function refuseForeignFlags(action: keyof typeof actions, flags: HostFlags): void {
  const given = ofAdd.find((name) => flags[name] !== undefined);
  if (action !== "add" && given !== undefined)
    throw new FlurryError("FLURRY_USAGE", `--${given.replace("sshUser", "ssh-user")} belongs to flurry host add`, {
      hint: "see flurry host --help",
    });
  if (action === "ls" && flags.dryRun === true)
    throw new FlurryError("FLURRY_USAGE", "flurry host ls changes nothing, with or without --dry-run", {
      hint: "leave it away",
    });
  if (flags.offline === true && flags.scan === true)
    throw new FlurryError("FLURRY_USAGE", "--offline and --scan exclude each other", {
      hint: "--scan asks the host for its key",
    });
}
