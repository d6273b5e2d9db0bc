import type { Random } from "../random.ts";
import type { HostFault, LastingFault, Moment, SuddenFault } from "./round-plan.ts";

const lasting: readonly [LastingFault, ...LastingFault[]] = [
  "link-down",
  "blackhole",
  "reject",
  "freeze",
  "power-cut",
  "power-cut",
  "sshd-stop",
  "sshd-freeze",
];
const sudden: readonly [SuddenFault, ...SuddenFault[]] = [
  "reset",
  "sshd-kill",
  "sshd-kill-all",
  "kill-nix",
  "kill-upload",
];

/** A fault for a host; some need a disk of its own. */
export function chooseFault(random: Random, { ownDisk }: { readonly ownDisk: boolean }): HostFault {
  const forMs = random.int(200, 8000);
  if (ownDisk && random.chance(0.25)) return { kind: "fill-disk", forMs };
  const draw = random.next();
  if (draw < 0.5) return { kind: random.pick(lasting), forMs };
  if (draw < 0.55) return { kind: "loss", percent: random.int(5, 50), forMs };
  if (draw < 0.6) return { kind: "clock-jump", hours: random.pick([-30, -2, 2, 30]), forMs };
  if (draw < 0.8) return { kind: random.pick(sudden) };
  return { kind: "kill-supervisor", which: random.pick(["one", "all"]) };
}

const stages: readonly [string, ...string[]] = [
  "preflight",
  "copy",
  "arm",
  "try",
  "try",
  "prove",
  "prove",
  "commit",
  "revert",
];
// Those that every run comes to are there more often than those of a run that goes back.
const fields: readonly [string, ...string[]] = [
  "supervisor.sh",
  "before",
  "key.0",
  "token",
  "token",
  "tried",
  "tried",
  "token.commit",
  "token.commit",
  "token.revert",
  "undoing",
  "verdict",
];

/** A moment: most are right after something that the protocol did. */
export function chooseMoment(random: Random, { deployersEnd = false } = {}): Moment {
  const afterMs = random.chance(0.5) ? random.int(0, 60) : random.int(0, 2500);
  if (deployersEnd && random.chance(0.25)) return { kind: "deployer-ended", afterMs };
  const draw = random.next();
  if (draw < 0.2) return { kind: "time", afterMs: random.int(0, 15_000) };
  if (draw < 0.5) return { kind: "stage", stage: random.pick(stages), afterMs };
  return { kind: "field", field: random.pick(fields), afterMs };
}
