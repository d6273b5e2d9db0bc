import { FlurryError } from "@flurry/core";
import type { SshTarget, TransportChoice } from "@flurry/ssh";

import { count, nameList } from "../renderers/measures.ts";
import type { Examination } from "./examine.ts";
import type { Finding } from "./finding.ts";

/** A host that no `Host` block names: what holds for it holds for every host without settings of its own. */
const anyHost = { name: "any host", addresses: ["any-host.invalid"] };

/** How many processes of ssh are asked at a time, and how many hosts are named. */
const limit = 8;

/**
 * Which program speaks SSH with the hosts, and why.
 *
 * @param targets - the hosts of the fleet; none where it is not known
 */
export async function examineTransport(
  { services, ssh, signal }: Examination,
  targets: readonly SshTarget[],
): Promise<Finding> {
  const name = "transport";
  const choices = new Map<string, TransportChoice>();
  const asked = targets.length === 0 ? [anyHost] : targets;
  try {
    for (let at = 0; at < asked.length; at += limit)
      await Promise.all(
        asked.slice(at, at + limit).map(async (target) => {
          const choice = await services.transportFor(target, ssh, { signal }).catch((error: unknown) => {
            throw targets.length === 0 ? error : FlurryError.from(error).withHost(target.name);
          });
          choices.set(target.name, choice);
        }),
      );
  } catch (error) {
    const { message, host, hint } = FlurryError.from(error);
    const text = host === undefined ? message : `${host}: ${message}`;
    return { name, status: "poor", text, ...(hint === undefined ? {} : { hint }) };
  }
  const groups = grouped(asked, choices);
  const [first] = groups;
  const hint = "each connection and command takes a process of ssh, and jump hosts are not shared";
  const usesOpenssh = groups.some(({ transport }) => transport === "openssh");
  const text =
    groups.length === 1 && first !== undefined ? programOf(first) : groups.map((group) => forHosts(group)).join("; ");
  return {
    name,
    status: "ok",
    text,
    data: {
      transport: groups.every(({ transport }) => transport === first?.transport) ? (first?.transport ?? "") : "both",
      reason: groups.length === 1 ? (first?.reason ?? "") : text,
    },
    ...(usesOpenssh ? { hint } : {}),
  };
}

/** Hosts that are reached over the same transport for the same reason. */
interface TransportGroup extends TransportChoice {
  readonly hosts: readonly string[];
}

function grouped(
  asked: readonly SshTarget[],
  choices: ReadonlyMap<string, TransportChoice>,
): readonly TransportGroup[] {
  const groups = new Map<string, TransportGroup>();
  for (const { name } of asked) {
    const choice = choices.get(name);
    if (choice === undefined) continue;
    const key = `${choice.transport}: ${choice.reason}`;
    groups.set(key, { ...choice, hosts: [...(groups.get(key)?.hosts ?? []), name] });
  }
  return [...groups.values()].sort((one, other) => other.hosts.length - one.hosts.length);
}

function programOf({ transport, reason }: TransportChoice): string {
  return transport === "ssh2" ? `ssh2, in this process: ${reason}` : `openssh: ${reason}`;
}

function forHosts({ transport, reason, hosts }: TransportGroup): string {
  if (transport === "ssh2") return `ssh2, in this process, for ${count(hosts.length, "host")}: ${reason}`;
  return `openssh for ${nameList(hosts, limit)}: ${reason}`;
}
