import type { LabHost } from "../../host.ts";
import { attachedLab, usageError } from "../command.ts";
import type { Command } from "../command.ts";

interface Fault {
  /** The word after the fault's name; undefined when there is none. */
  readonly word?: string;
  readonly summary: string;
  readonly inject: (host: LabHost, word: string) => Promise<unknown>;
}

const faults: Readonly<Record<string, Fault>> = {
  link: {
    word: "down|up",
    summary: "the network cable",
    inject: (host, word) => host.link(choice(word, ["down", "up"])),
  },
  blackhole: {
    word: "on|PORT|off",
    summary: "packets vanish, all or those of a TCP port",
    inject: (host, word) => host.blackhole(packets(word)),
  },
  reject: {
    word: "on|PORT|off",
    summary: "connections are refused, all or those to a TCP port",
    inject: (host, word) => host.reject(packets(word)),
  },
  loss: { word: "PERCENT", summary: "packets get lost; 0 ends it", inject: (host, word) => host.loss(number(word)) },
  rate: { word: "RATE|off", summary: "a slow link, for example 8mbit", inject: (host, word) => host.rate(word) },
  delay: {
    word: "MS",
    summary: "a longer round trip; 0 ends it",
    inject: async (host, word) => `by ${await host.delay(number(word))}`,
  },
  sshd: {
    word: "kill|kill-all|stop|start|freeze|thaw",
    summary: "sshd: its listener, or all of it",
    inject: (host, word) => host.sshd(choice(word, ["kill", "kill-all", "stop", "start", "freeze", "thaw"])),
  },
  "host-key": { summary: "a new host key that known_hosts does not have", inject: (host) => host.changeHostKey() },
  revoke: { summary: "mark the host's key as revoked in known_hosts", inject: (host) => host.revoke() },
  "kill-nix": { summary: "SIGKILL every process of Nix on the host", inject: (host) => host.killNix() },
  freeze: { summary: "the host hangs", inject: (host) => host.freeze() },
  thaw: { summary: "the host goes on", inject: (host) => host.thaw() },
  "fill-disk": { summary: "no space left in /nix", inject: (host) => host.fillDisk() },
  "free-disk": { summary: "space again", inject: (host) => host.freeDisk() },
  "power-cut": { summary: "everything on the host dies", inject: (host) => host.powerCut() },
  "power-on": { summary: "the host boots", inject: (host) => host.powerOn() },
  reset: { summary: "a power cut, and power again", inject: (host) => host.reset() },
};

export const fault: Command = {
  usage: "fault HOST FAULT [VALUE]",
  summary: "Break something on a host, or mend it.",
  details: Object.entries(faults)
    .map(([name, { word = "", summary }]) => `  ${`${name} ${word}`.padEnd(44)}${summary}`)
    .join("\n"),
  run: async (args, context) => {
    const [hostName, faultName, ...words] = args;
    if (hostName === undefined || faultName === undefined) throw usageError("expected HOST FAULT");
    const wanted = faults[faultName];
    if (wanted === undefined) throw usageError(`there is no fault ${faultName}; see \`lab fault --help\``);
    if (words.length !== (wanted.word === undefined ? 0 : 1))
      throw usageError(`expected lab fault ${hostName} ${faultName} ${wanted.word ?? ""}`.trim());
    const lab = await attachedLab(context);
    const said = await wanted.inject(lab.host(hostName), words[0] ?? "");
    if (typeof said === "string") context.print(said);
    return 0;
  },
};

function choice<const Choice extends string>(word: string, choices: readonly Choice[]): Choice {
  const found = choices.find((candidate) => candidate === word);
  if (found === undefined) throw usageError(`expected one of ${choices.join(", ")}, got ${word}`);
  return found;
}

function number(word: string): number {
  const value = Number(word);
  if (word.trim() === "" || !Number.isFinite(value) || value < 0)
    throw usageError(`${JSON.stringify(word)} is no number`);
  return value;
}

function packets(word: string): "off" | { readonly port?: number } {
  if (word === "off") return "off";
  return word === "on" ? {} : { port: number(word) };
}
