import { describe, expect, it } from "vitest";

import { planRound } from "./plan-round.ts";
import type { RoundPlan } from "./round-plan.ts";

const hosts = Array.from({ length: 12 }, (_, index) => ({ name: `h${index + 1}`, ownDisk: index % 3 === 2 }));
const plans: readonly RoundPlan[] = Array.from({ length: 300 }, (_, round) => planRound({ seed: 1, round, hosts }));

describe("the plan of a round", () => {
  it("is the same for the same seed and round", () => {
    expect(planRound({ seed: 1, round: 5, hosts })).toEqual(plans[5]);
    expect(planRound({ seed: 2, round: 5, hosts })).not.toEqual(plans[5]);
  });

  it("never makes a system the boot default untried that has to be tried, and never does without the proof for it", () => {
    for (const { goal, hosts: choices } of plans.flatMap(({ deployments }) => deployments)) {
      for (const { system, magicRollback } of choices) {
        if (system.worth !== "bad") continue;
        expect(goal).not.toBe("boot");
        expect(magicRollback).toBe(true);
      }
    }
  });

  it("fills only disks that a host has for itself", () => {
    const filled = plans.flatMap(({ faults }) => faults).filter(({ fault }) => fault.kind === "fill-disk");
    expect(filled.length).toBeGreaterThan(10);
    for (const { host } of filled) expect(hosts.find(({ name }) => name === host)?.ownDisk).toBe(true);
  });

  it("comes to every goal, fault, signal and kind of moment sooner or later", () => {
    const deployments = plans.flatMap((plan) => plan.deployments);
    const faults = plans.flatMap((plan) => plan.faults);
    expect(new Set(deployments.map(({ goal }) => goal)).size).toBe(3);
    expect(new Set(deployments.map(({ operator }) => operator)).size).toBe(2);
    expect(new Set(deployments.map(({ end }) => end?.signal)).size).toBe(5);
    expect(new Set(faults.map(({ fault }) => fault.kind)).size).toBe(16);
    expect(new Set(deployments.map(({ command }) => command)).size).toBe(2);
    expect(new Set(deployments.map(({ transport }) => transport)).size).toBe(2);
    expect(new Set(deployments.map(({ reboot }) => reboot)).size).toBe(3);
    expect(new Set(deployments.map(({ resumes }) => resumes.length)).size).toBe(3);
    expect(new Set(plans.flatMap(({ errands }) => errands).map(({ command }) => command)).size).toBe(4);
    expect(new Set(faults.map(({ moment }) => moment.kind)).size).toBe(4);
    expect(new Set(deployments.map(({ clock }) => clock.hours)).size).toBe(5);
  });

  it("puts every host of a deployment into one wave", () => {
    const all = plans.flatMap(({ deployments }) => deployments);
    const inWaves = all.flatMap(({ waves, hosts: choices }) => (waves === undefined ? [] : [{ waves, choices }]));
    expect(inWaves.length).toBeGreaterThan(20);
    for (const { waves, choices } of inWaves) expect(waves.flat()).toEqual(choices.map(({ host }) => host));
  });
});
