import type { HostSpec } from "../host-options.ts";
import { LabError } from "../lab-error.ts";
import type { LabShell } from "../lab-shell.ts";

/** Which packets a fault concerns: all, or those of one TCP port of the host. */
export interface PacketFaultOptions {
  readonly port?: number;
}

const awaitForwarding = `
i=0
until ip -o -d link show "$1" | grep -q 'state UP.*state forwarding'; do
  i=$((i + 1)); [ $i -lt 300 ] || exit 1; sleep 0.01
done
ip neigh flush dev br0`;

/** Unplugs the host's network cable or plugs it in again. Connections survive while nobody gives them up. */
export async function setLink(shell: LabShell, host: HostSpec, state: "up" | "down"): Promise<void> {
  await shell.check(["ip", "link", "set", host.cable, state]);
  // The kernel tells the bridge of a carrier up to a second later, and repeats questions for an address each second.
  if (state === "up") await shell.check(["sh", "-c", awaitForwarding, "sh", host.cable]);
}

/** Drops packets to and from the host without a word, as a firewall on the way would. ARP passes. */
export async function setBlackhole(shell: LabShell, host: HostSpec, fault: PacketFaultOptions | "off"): Promise<void> {
  const table: Table = { family: "bridge", name: `flurry_hole_${host.cable}` };
  if (fault === "off") return await setTable(shell, table, undefined);
  const match = (side: "sport" | "dport"): string =>
    fault.port === undefined ? "ether type { ip, ip6 }" : `tcp ${side} ${fault.port}`;
  await setTable(
    shell,
    table,
    `chain from_host { type filter hook prerouting priority -300; iifname "${host.cable}" ${match("sport")} drop; }
     chain to_host { type filter hook postrouting priority 300; oifname "${host.cable}" ${match("dport")} drop; }`,
  );
}

/** Makes the host refuse connections: TCP with a reset, the rest with an ICMP error. */
export async function setReject(shell: LabShell, host: HostSpec, fault: PacketFaultOptions | "off"): Promise<void> {
  const rules =
    fault === "off"
      ? undefined
      : `chain refuse { type filter hook input priority -300; iifname "eth0" ${
          fault.port === undefined ? "meta l4proto tcp" : `tcp dport ${fault.port}`
        } reject with tcp reset;${fault.port === undefined ? ' iifname "eth0" reject;' : ""} }`;
  await setTable(shell, { family: "inet", name: "flurry_reject", place: inNetworkOf(host) }, rules);
}

/** Loses a share of all packets, in percent, in both directions. */
export async function setLoss(shell: LabShell, host: HostSpec, percent: number): Promise<void> {
  if (!(percent >= 0 && percent <= 100)) throw invalid(`cannot lose ${percent} percent of the packets`);
  const drop = `ether type { ip, ip6 } numgen random mod 1000 <= ${Math.max(0, Math.round(percent * 10) - 1)} drop`;
  const rules = `chain from_host { type filter hook prerouting priority -300; iifname "${host.cable}" ${drop}; }
     chain to_host { type filter hook postrouting priority 300; oifname "${host.cable}" ${drop}; }`;
  const table: Table = { family: "bridge", name: `flurry_loss_${host.cable}` };
  await setTable(shell, table, percent === 0 ? undefined : rules);
}

/** Bounds the speed of both directions, for example `"8mbit"`; see tc(8) for the units. */
export async function setRate(shell: LabShell, host: HostSpec, rate: string): Promise<void> {
  if (rate !== "off" && !/^\d+(\.\d+)?([kmg]?bit|[kmg]?bps)$/.test(rate))
    throw invalid(`${JSON.stringify(rate)} is no rate; write 8mbit or 500kbit, or off`);
  const bucket = rate === "off" ? undefined : ["tbf", "rate", rate, "burst", "16kb", "latency", "300ms"];
  await setQueue(shell, host, bucket);
}

/** Delays every packet by half of the round trip in each direction; 0 ends it. With netem a rate is lost by it. */
export async function setDelay(shell: LabShell, host: HostSpec, roundTripMs: number): Promise<"netem" | "wire"> {
  if (!(roundTripMs >= 0 && roundTripMs <= 60_000)) throw invalid(`cannot delay packets by ${roundTripMs} ms`);
  if (await hasNetem(shell)) {
    await setQueue(shell, host, roundTripMs === 0 ? undefined : ["netem", "delay", `${roundTripMs / 2}ms`]);
    return "netem";
  }
  await shell.script("delay.sh", [host.cable, String(roundTripMs / 2)]);
  await shell.check(["sh", "-c", awaitForwarding, "sh", host.cable]);
  return "wire";
}

async function hasNetem(shell: LabShell): Promise<boolean> {
  const attempt = "ip link set lo up && tc qdisc add dev lo root netem delay 1ms";
  return (await shell.run(["unshare", "--net", "sh", "-c", attempt])).exitCode === 0;
}

async function setQueue(shell: LabShell, host: HostSpec, queue: readonly string[] | undefined): Promise<void> {
  for (const [place, device] of [[[], host.cable] as const, [inNetworkOf(host), "eth0"] as const]) {
    await shell.run([...place, "tc", "qdisc", "del", "dev", device, "root"]);
    if (queue !== undefined) await shell.check([...place, "tc", "qdisc", "add", "dev", device, "root", ...queue]);
  }
}

interface Table {
  readonly family: "bridge" | "inet";
  readonly name: string;
  /** Words that bring a command to where the table belongs. Default: the lab's own network. */
  readonly place?: readonly string[];
}

/** Writes a table of nftables anew, or takes it away when there are no rules. */
async function setTable(
  shell: LabShell,
  { family, name, place = [] }: Table,
  rules: string | undefined,
): Promise<void> {
  // Deleting a table that is not there is an error; adding one that is there is none.
  const stdin = `add table ${family} ${name}\ndelete table ${family} ${name}\n${
    rules === undefined ? "" : `table ${family} ${name} { ${rules}\n}\n`
  }`;
  await shell.check([...place, "nft", "-f", "-"], { stdin });
}

function inNetworkOf(host: HostSpec): readonly string[] {
  return ["nsenter", `--net=/.flurry-lab/net/${host.name}`];
}

function invalid(message: string): LabError {
  return new LabError("LAB_INVALID", message);
}
