import { drvPath, FlurryError, storePath } from "@flurry/core";
import type { FleetEventBody } from "@flurry/core";
import { deployDefaults } from "@flurry/schema";
import type { Host, Profile } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { parseReply } from "../host/reply.ts";
import { attributed, evaluationRequests, eventsOfHosts } from "./evaluation-requests.ts";
import { profileChanges, profilesBack } from "./profile-changes.ts";
import { profilePlans } from "./profile-plan.ts";
import { profileOutcomes, profileStates } from "./profile-states.ts";
import { profileLines, profileQuestion } from "./profile-words.ts";

const pathOf = (name: string) => storePath(`/nix/store/${"0".repeat(32)}-${name}`);
const profile = (name: string, more: Partial<Profile> = {}): Profile => ({
  name,
  user: "alice",
  attrPath: ["deploy", "nodes", "nas", "profiles", name, "path"],
  phase: "after",
  autoRollback: true,
  magicRollback: true,
  activationTimeoutMs: 20_500,
  ...more,
});
const [early, notes, home] = [
  profile("early", { phase: "before", user: "root", magicRollback: false }),
  profile("notes", { profilePath: "/home/alice/notes", autoRollback: false }),
  profile("home"),
];
const wanted = [early, notes, home].map((one) => {
  const outPath = pathOf(`${one.name}-2`);
  return { profile: one, outPath, drvPath: drvPath(`${outPath}.drv`) };
});
const reply = parseReply(
  [
    `@flurry user_profile=early 4 ${pathOf("early-1")}`,
    `@flurry user_profile=notes 7 ${pathOf("notes-2")}`,
    "@flurry user_profile=home - -",
    "@flurry user_profile=odd - /etc/passwd",
  ].join("\n"),
);
const states = profileStates(reply);

describe("the profiles of a host", () => {
  it("are what the host says, and nothing that is no package", () => {
    expect([...states]).toEqual([
      ["early", { path: pathOf("early-1"), generation: 4 }],
      ["notes", { path: pathOf("notes-2"), generation: 7 }],
    ]);
    expect(profileOutcomes(reply).at(2)).toEqual({ name: "home" });
  });

  it.each([
    ["switch", ["early", "home"]],
    ["boot", ["early", "home"]],
    ["dry-activate", ["early", "home"]],
    ["push", ["early", "notes", "home"]],
    ["test", []],
  ] as const)("change with the goal %s where they differ, in their order", (goal, names) => {
    expect(profileChanges(goal, wanted, states).map((one) => one.profile.name)).toEqual(names);
    const planned = profilePlans(goal, wanted, states).filter(({ change }) => change);
    expect(planned.map(({ name }) => name)).toEqual(names);
  });

  it("go back in the reverse order, around the system the other way round, and to generations that are there", () => {
    const back = profilesBack(profileChanges("push", wanted, states));
    expect(profileLines(back).split("\n")).toEqual([
      `before alice notes ${pathOf("notes-2")} 0 1 21 7 /home/alice/notes`,
      `after root early ${pathOf("early-1")} 1 0 21 4 -`,
    ]);
  });

  it.each([
    ["name", "a b"],
    ["name", "system"],
    ["name", "$(touch pwned)"],
    ["name", "a\nafter root b"],
    ["user", "-u root"],
    ["user", "alice root"],
    ["user", "`id`"],
    ["profilePath", "/home/../etc/passwd"],
    ["profilePath", "/home/a b"],
    ["profilePath", "/*"],
    ["profilePath", "notes"],
  ])("with the %s %j are refused before the host hears of them", (key, value) => {
    const hostile = { ...notes, [key]: value };
    const job = { profile: hostile, candidate: pathOf("x"), before: undefined };
    for (const words of [() => profileQuestion(hostile), () => profileLines([job])])
      expect(words).toThrow(expect.objectContaining({ code: "FLURRY_FLEET_INVALID" }));
  });
});

describe("what Nix is asked for hosts with profiles", () => {
  const host: Host = {
    name: "nas",
    addresses: ["nas"],
    tags: [],
    attrPath: ["nixosConfigurations", "nas"],
    modules: [],
    hostKeys: [],
    health: [],
    deploy: deployDefaults,
    profiles: [notes],
  };

  it("is the system, unless the host keeps its own, and each package", () => {
    const attrPath = ["deploy", "nodes", "nas", "profiles", "notes"];
    const ofNotes = { host: "nas#notes", attrPath, derivationPath: ["path"] };
    expect(evaluationRequests([host])).toEqual([{ host: "nas", attrPath: host.attrPath }, ofNotes]);
    expect(evaluationRequests([{ ...host, keepsSystem: true }])).toEqual([ofNotes]);
  });

  it("is told of the host, with the profile in the error", () => {
    const error = new FlurryError("FLURRY_EVAL_FAILED", "nas#notes does not evaluate", { hint: "mend it" });
    const failed = { host: "nas#notes", status: "failed", error, cached: false, reasons: [], durationMs: 1 } as const;
    const told = attributed(failed, [host]);
    expect(told).toMatchObject({ host: "nas", profile: notes, evaluation: { host: "nas" } });
    expect(told.evaluation.status === "failed" && told.evaluation.error.toJSON()).toEqual({
      code: "FLURRY_EVAL_FAILED",
      message: "profile notes: nas does not evaluate",
      host: "nas",
      hint: "mend it",
    });
    const events: FleetEventBody[] = [];
    const emit = eventsOfHosts((event) => events.push(event));
    emit({ kind: "stage-started", host: "nas#notes", stage: "evaluate" });
    emit({ kind: "log", host: "nas#notes", level: "warn", line: "old" });
    emit({ kind: "stage-started", host: "nas", stage: "evaluate" });
    expect(events).toEqual([
      { kind: "log", host: "nas", level: "warn", line: "old" },
      { kind: "stage-started", host: "nas", stage: "evaluate" },
    ]);
  });
});
