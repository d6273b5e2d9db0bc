import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { HostEvent, HostModel, Trial } from "./host-model.ts";
import { isAtRest, isOpen, restingHost, transition } from "./state-machine.ts";

const steps = fc.constantFrom(1, 2, 3, 3, 3, 3, 3, 3);
const process = fc.nat(3);
const timer = fc.constantFrom("activation" as const, "confirm" as const, "rescue" as const);
const stepping = { weight: 12, arbitrary: process.map((process): HostEvent => ({ kind: "step", process })) };
const peaceful: readonly fc.WeightedArbitrary<HostEvent>[] = [
  stepping,
  { weight: 2, arbitrary: steps.map((steps): HostEvent => ({ kind: "start", steps })) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<HostEvent>(
      { kind: "confirm" },
      { kind: "confirm" },
      { kind: "give-up" },
      { kind: "release" },
      { kind: "ask" },
    ),
  },
];
const violent: readonly fc.WeightedArbitrary<HostEvent>[] = [
  { weight: 2, arbitrary: process.map((process): HostEvent => ({ kind: "kill", process })) },
  { weight: 2, arbitrary: timer.map((name): HostEvent => ({ kind: "timer", name })) },
  { weight: 1, arbitrary: fc.constant<HostEvent>({ kind: "contact" }) },
];
const powerCut: fc.WeightedArbitrary<HostEvent> = {
  weight: 1,
  arbitrary: fc.constantFrom<HostEvent>({ kind: "power-cut" }, { kind: "lease-over" }),
};
const anotherRun: fc.WeightedArbitrary<HostEvent> = {
  weight: 1,
  arbitrary: fc.constant<HostEvent>({ kind: "another-run" }),
};
const begun: readonly HostEvent[] = [
  { kind: "preflight", steps: 3 },
  { kind: "start", steps: 3 },
];
const beginning = fc.oneof(
  { weight: 4, arbitrary: fc.constant(begun) },
  { weight: 1, arbitrary: steps.map((steps): readonly HostEvent[] => [{ kind: "preflight", steps }]) },
);

const trials: fc.Arbitrary<Trial> = fc
  .record({
    goal: fc.constantFrom("switch" as const, "test" as const, "boot" as const),
    activation: fc.constantFrom("good", "good", "fails", "hangs", "crashes"),
    bootable: fc.constantFrom(true, true, true, false),
    network: fc.constantFrom("kept", "kept", "mended", "sticky", "hidden"),
    lostContact: fc.constantFrom("auto", "auto", "reboot", "stay"),
    beside: fc.constantFrom("none", "none", "before", "after"),
    besideActivation: fc.constantFrom("good", "good", "fails"),
    keepsSystem: fc.constantFrom(false, false, false, true),
  })
  .map(possible)
  // Nobody proves a system that is only booted later: what it does to the network is not the protocol's.
  .map((trial) => (trial.goal === "boot" ? { ...trial, network: "kept" } : trial));

/** A test leaves profiles alone, and a run that keeps the system has one. */
function possible(trial: Trial): Trial {
  const beside = trial.goal === "test" ? "none" : trial.beside;
  if (!trial.keepsSystem || beside === "none") return { ...trial, beside, keepsSystem: false };
  return { ...trial, beside, activation: "good", network: "kept" };
}

interface History {
  readonly states: readonly HostModel[];
  readonly last: HostModel;
  /** Whether the deployer had proof and said so at a moment at which the host could take it. */
  readonly confirmed: boolean;
}

function play(events: readonly HostEvent[], trial: Trial, from: HostModel = restingHost): History {
  const states = [from];
  let host = from;
  let confirmed = trial.goal === "boot";
  for (const event of events) {
    const next = transition(host, event, trial);
    if (event.kind === "confirm" && next !== host) confirmed = true;
    host = next;
    states.push(host);
  }
  return { states, last: host, confirmed };
}

/** Lets the host come to rest by itself: processes go on, timers fire. */
function leaveAlone(from: HostModel, trial: Trial): HostModel {
  let host = from;
  for (let round = 0; round < 100; round += 1) {
    for (let step = 0; step < 40; step += 1)
      for (let index = 0; index < host.processes.length; index += 1)
        host = transition(host, { kind: "step", process: index }, trial);
    if (!isOpen(host) && host.processes.length === 0 && host.timers.length === 0 && !host.contactTimer) return host;
    for (const name of host.timers) host = transition(host, { kind: "timer", name }, trial);
    // It is the last to be over.
    if (host.timers.length === 0) host = transition(host, { kind: "contact" }, trial);
  }
  return host;
}

/** The same, and then someone asks the host, as `flurry status` does. */
function comeToRest(from: HostModel, trial: Trial): HostModel {
  let host = transition(from, { kind: "lease-over" }, trial);
  for (let round = 0; round < 5 && !isAtRest(host); round += 1)
    host = transition(leaveAlone(host, trial), { kind: "ask" }, trial);
  return host;
}

const anything = fc
  .tuple(beginning, fc.array(fc.oneof(...peaceful, ...violent, powerCut), { maxLength: 80, size: "max" }))
  .map(([first, rest]) => [...first, ...rest]);
const withoutPowerCuts = fc
  .array(fc.oneof(...peaceful, ...violent), { maxLength: 80, size: "max" })
  .map((rest) => [...begun, ...rest]);
const withOthers = fc
  .tuple(beginning, fc.array(fc.oneof(...peaceful, ...violent, powerCut, anotherRun), { maxLength: 80, size: "max" }))
  .map(([first, rest]) => [...first, ...rest]);
const runs = { numRuns: 800 };

/** Whether a host that went back can be reached in the end, whatever the new system did to its network. */
function comesBack({ network, lostContact }: Trial): boolean {
  if (network === "kept" || network === "mended" || lostContact === "reboot") return true;
  return lostContact === "auto" && network === "sticky";
}

/** What is wrong with a host that has come to rest. */
function complaints(host: HostModel, { trial, confirmed }: { readonly trial: Trial; readonly confirmed: boolean }) {
  const verdict = host.record?.verdict;
  const kept = verdict === "committed" || verdict === "tested";
  const hasNew = verdict === "committed" && !trial.keepsSystem;
  const besideIs = verdict === "committed" && trial.beside !== "none" ? "new" : "old";
  const checks: readonly (readonly [string, boolean])[] = [
    ["something is left of the run", isAtRest(host)],
    ["it boots another system than its profile", host.profile === host.bootDefault],
    ["its profile is not what it committed", host.profile === (hasNew ? "new" : "old")],
    ["the profile beside it is not what it committed", host.beside.link === besideIs],
    ["the profile beside it was not activated", host.beside.active === besideIs],
    ["it kept what nobody confirmed", !kept || confirmed],
    ["it runs what it did not keep", host.current === "old" || kept],
    ["it does not run its profile", trial.goal !== "switch" || host.current === host.profile],
    ["nobody can reach it", host.reachable || !comesBack(trial)],
  ];
  return checks.filter(([, right]) => !right).map(([complaint]) => complaint);
}

describe("the protocol of one host, whatever happens in whichever order", () => {
  it("keeps the promise: it rests on a system that was confirmed, boots one, and leaves nothing", () => {
    fc.assert(
      fc.property(anything, trials, (events, trial) => {
        const { last, confirmed } = play(events, trial);
        expect(complaints(comeToRest(last, trial), { trial, confirmed })).toEqual([]);
      }),
      runs,
    );
  });

  it("never makes what nobody confirmed the boot default, not even for a moment", () => {
    fc.assert(
      fc.property(anything, trials, (events, trial) => {
        const { states, confirmed } = play(events, trial);
        expect(confirmed || states.every(({ bootDefault }) => bootDefault === "old")).toBe(true);
      }),
      runs,
    );
  });

  it("is never without a dead-man timer while a run is open, in the boot in which it began", () => {
    fc.assert(
      fc.property(anything, trials, (events, trial) => {
        const unwatched = play(events, trial).states.filter(
          (host) => isOpen(host) && host.record?.boot === host.boot && host.timers.length === 0,
        );
        expect(unwatched).toEqual([]);
      }),
      runs,
    );
  });

  it("needs nobody to save itself: without a power cut it comes to an end although nobody asks", () => {
    fc.assert(
      fc.property(withoutPowerCuts, trials, (events, trial) => {
        const { last } = play(events, trial);
        // A reboot is what only the next command closes, also that of a host that lost contact.
        fc.pre(last.boot === 0 && trial.activation !== "crashes");
        const host = leaveAlone(last, trial);
        expect(isOpen(host)).toBe(false);
        expect(host.timers).toEqual([]);
      }),
      runs,
    );
  });

  it("does not touch the host any more once someone else could take its lock", () => {
    fc.assert(
      fc.property(withOthers, trials, (events, trial) => {
        const { states, last } = play(events, trial);
        const since = states.findIndex(({ current }) => current === "other");
        fc.pre(since >= 0);
        for (const { current, profile, bootDefault, beside } of [...states.slice(since), comeToRest(last, trial)])
          expect([current, profile, bootDefault, beside.link, beside.active]).toEqual(Array(5).fill("other"));
      }),
      runs,
    );
  });

  it("reboots for want of contact only what did not keep the new system, and only while nobody has asked", () => {
    fc.assert(
      fc.property(anything, trials, (events, trial) => {
        const { states } = play(events, trial);
        for (const [index, event] of events.entries()) {
          const [before, after] = [states[index], states[index + 1]];
          if (event.kind !== "contact" || before?.boot === after?.boot) continue;
          expect(before?.record).toMatchObject({ watching: true });
          expect(["reverted", undefined]).toContain(before?.record?.verdict);
          expect(after).toMatchObject({ current: "old", reachable: true });
        }
        const asked = transition(comeToRest(states.at(-1) ?? restingHost, trial), { kind: "ask" }, trial);
        expect(transition(asked, { kind: "contact" }, trial)).toEqual(asked);
      }),
      runs,
    );
  });

  it("a verdict never changes", () => {
    fc.assert(
      fc.property(anything, trials, (events, trial) => {
        const verdicts = play(events, trial).states.flatMap(({ record }) => record?.verdict ?? []);
        expect(new Set(verdicts).size).toBeLessThan(2);
      }),
      runs,
    );
  });
});

const peace: Trial = {
  goal: "switch",
  activation: "good",
  bootable: true,
  network: "kept",
  lostContact: "auto",
  beside: "none",
  besideActivation: "good",
  keepsSystem: false,
};

describe("the protocol of one host, when nothing goes wrong", () => {
  const steps = (count: number): readonly HostEvent[] =>
    Array.from({ length: count }, () => ({ kind: "step", process: 0 }));

  it.each([
    ["switch", "committed", "new", "new"],
    ["test", "tested", "new", "old"],
  ] as const)("%s ends as %s", (goal, verdict, current, bootDefault) => {
    const trial: Trial = { ...peace, goal };
    const { last } = play([...begun, ...steps(3), { kind: "confirm" }, ...steps(9)], trial);
    expect(last).toMatchObject({ current, bootDefault, record: { verdict } });
    expect(isAtRest(last)).toBe(true);
  });

  it("boot changes only what boots next", () => {
    const { last } = play([...begun, ...steps(9)], { ...peace, goal: "boot" });
    expect(last).toMatchObject({ current: "old", bootDefault: "new", record: { verdict: "committed" } });
  });
});

describe("a host that went back and cannot be reached", () => {
  const lost: Trial = { ...peace, network: "sticky" };
  const after = (trial: Trial): HostModel => leaveAlone(play(begun, trial).last, trial);

  it.each([
    ["sticky", "auto", { boot: 1, reachable: true }],
    ["sticky", "reboot", { boot: 1, reachable: true }],
    ["sticky", "stay", { boot: 0, reachable: false }],
    ["hidden", "auto", { boot: 0, reachable: false }],
    ["hidden", "reboot", { boot: 1, reachable: true }],
    ["mended", "auto", { boot: 0, reachable: true }],
    ["mended", "reboot", { boot: 1, reachable: true }],
  ] as const)("%s, %s: %j", (network, lostContact, expected) => {
    expect(after({ ...lost, network, lostContact })).toMatchObject({ current: "old", bootDefault: "old", ...expected });
  });

  it("does not reboot when somebody has asked it in time", () => {
    const trial: Trial = { ...peace, network: "mended", lostContact: "reboot" };
    let host = play(begun, trial).last;
    for (let round = 0; round < 100 && (!host.contactTimer || host.record?.verdict === undefined); round += 1) {
      for (const [index] of host.processes.entries()) host = transition(host, { kind: "step", process: index }, trial);
      for (const name of host.timers) host = transition(host, { kind: "timer", name }, trial);
    }
    expect(host).toMatchObject({ contactTimer: true, record: { verdict: "reverted", watching: true } });
    host = transition(host, { kind: "ask" }, trial);
    expect(transition(host, { kind: "contact" }, trial)).toMatchObject({ boot: 0, current: "old", reachable: true });
    expect(isAtRest(leaveAlone(host, trial))).toBe(true);
  });
});
