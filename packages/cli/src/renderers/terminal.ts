import type { Colors } from "./colors.ts";
import { gateText } from "./gate-text.ts";
import { hostLine } from "./host-line.ts";
import { clock, count, nameList } from "./measures.ts";
import { isBroken, isWell, phaseOf, tally } from "./phase.ts";
import { plainLine } from "./plain-text.ts";
import type { HostState, RunState } from "./reduce.ts";
import { truncate, widest } from "./width.ts";

/** The room and the moment that a frame is made for. */
export interface FrameView {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly colors: Colors;
  /** The run is told to start nothing new. */
  readonly draining?: boolean;
}

// What a stage prints is of interest only once it takes longer than people like to wait.
const slowMs = 10_000;
const tailLines = 3;

/**
 * The live picture of a run, as lines that fit the terminal: one for each host, the last output of what is slow
 * or broken as far as there is room, and a line that sums up. Hosts that do not fit are counted.
 */
export function renderFrame(state: RunState, view: FrameView): string {
  const { columns, now, colors } = view;
  const room = Math.max(1, view.rows - 2);
  const { shown, hidden } = choose([...state.hosts.values()], room);
  const names = [...state.hosts.keys()].map(plainLine);
  const lineView = { columns, nameWidth: widest(names, Math.max(8, Math.floor(columns / 3))), now, colors };
  let spare = room - shown.length - (hidden.length > 0 ? 1 : 0);
  const lines: string[] = [];
  for (const host of shown) {
    const tail = spare > 0 ? tailOf(host, now).slice(-spare) : [];
    spare -= tail.length;
    lines.push(hostLine(host, lineView), ...tail.map((line) => colors.dim(truncate(`  │ ${line}`, columns))));
  }
  if (hidden.length > 0) lines.push(colors.dim(truncate(`  ${hiddenLine(hidden)}`, columns)));
  lines.push(truncate(summaryLine(state, view), columns));
  return lines.join("\n");
}

function choose(
  hosts: readonly HostState[],
  room: number,
): { readonly shown: readonly HostState[]; readonly hidden: readonly HostState[] } {
  if (hosts.length <= room) return { shown: hosts, hidden: [] };
  const kept = new Set([...hosts].sort((a, b) => rank(a) - rank(b)).slice(0, Math.max(0, room - 1)));
  return { shown: hosts.filter((host) => kept.has(host)), hidden: hosts.filter((host) => !kept.has(host)) };
}

function rank(host: HostState): number {
  const phase = phaseOf(host);
  if (isBroken(phase)) return 0;
  if (phase.kind === "running") return 1;
  return isWell(phase) || phase.kind === "ended" ? 3 : 2;
}

function hiddenLine(hosts: readonly HostState[]): string {
  const groups = new Map<string, string[]>();
  for (const host of hosts) {
    const phase = phaseOf(host);
    const word = phase.kind === "ended" ? phase.status : phase.kind;
    groups.set(word, [...(groups.get(word) ?? []), plainLine(host.name)]);
  }
  const texts = [...groups].map(([word, names]) => `${names.length} ${word}: ${nameList(names, 4)}`);
  return `… ${texts.join("; ")}`;
}

function tailOf(host: HostState, now: number): readonly string[] {
  const phase = phaseOf(host);
  const slow = phase.kind === "running" && now - (host.stage?.startedAt ?? now) >= slowMs;
  if (!slow && !isBroken(phase)) return [];
  const details = host.error?.details ?? host.verdict?.error?.details;
  const source = isBroken(phase) && details !== undefined ? details.trimEnd().split("\n") : host.tail;
  return source
    .map(plainLine)
    .filter((line) => line !== "")
    .slice(-tailLines);
}

function summaryLine(state: RunState, { now, colors, draining }: FrameView): string {
  const { total, ended, broken } = tally(state);
  const parts = [
    ...(draining === true ? [colors.yellow("finishing what runs, Ctrl-C again stops at once")] : []),
    ...(state.gate === undefined ? [] : [gateText(state.gate, now)]),
    state.command === "status" ? `asking ${count(total, "host")}` : `${ended} of ${count(total, "host")} done`,
    ...(broken === 0 ? [] : [colors.red(`${broken} failed`)]),
    ...(state.startedAt === undefined ? [] : [clock((state.endedAt ?? now) - state.startedAt)]),
  ];
  return `  ${parts.join(colors.dim(" · "))}`;
}
