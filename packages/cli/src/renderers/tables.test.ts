import { storePath } from "@flurry/core";
import type { Verdict } from "@flurry/core";
import type { HostStatus } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { buildError, systems } from "../../tests/support/scripted-runs.ts";
import { withWanted } from "../run/survey-hosts.ts";
import { colorsFor } from "./colors.ts";
import { nextCommand } from "./next-command.ts";
import { planLine } from "./plan-line.ts";
import { previewOf, renderPreview } from "./preview-table.ts";
import { renderStatus } from "./status-table.ts";
import { renderVerdicts } from "./verdict-table.ts";

const view = { colors: colorsFor(false), columns: 90 };

const verdicts: readonly Verdict[] = [
  { host: "nas", status: "deployed", before: systems.old, after: systems.new, generation: 43, durationMs: 12_300 },
  { host: "compute", status: "unchanged", before: systems.new, after: systems.new, generation: 9, durationMs: 900 },
  { host: "サーバー", status: "failed", error: buildError, durationMs: 83_000 },
  {
    host: "edge",
    status: "deployed",
    before: systems.old,
    after: systems.new,
    generation: 4,
    failedUnits: ["nginx.service"],
    durationMs: 3000,
  },
];

describe("renderVerdicts", () => {
  it.each([60, 90, undefined])("fits %s columns", (columns) => {
    expect(renderVerdicts(verdicts, { ...view, columns })).toMatchSnapshot();
  });

  it("says in one line that there was nothing to do", () => {
    const unchanged = [0, 1, 2].map((at): Verdict => ({ host: `h${at}`, status: "unchanged", durationMs: 1 }));
    expect(renderVerdicts(unchanged, view)).toBe("3 hosts unchanged, nothing to do\n");
  });
});

describe("nextCommand", () => {
  const failed = (host: string, code: NonNullable<Verdict["error"]>["code"]): Verdict => ({
    host,
    status: "failed",
    error: { code, message: "no" },
    durationMs: 1,
  });
  it.each([
    ["nothing when all is well", verdicts.slice(0, 2), undefined],
    ["the hosts that are left", verdicts, "flurry deploy -C fleet --goal boot 'サーバー'"],
    [
      "a look at hosts in doubt first",
      [failed("a", "FLURRY_BUILD_FAILED"), failed("b", "FLURRY_REVERT_FAILED")],
      "flurry status -C fleet b",
    ],
    ["a look at who holds the lock", [failed("a", "FLURRY_HOST_LOCKED")], "flurry status -C fleet a"],
  ])("is %s", (_, of, expected) => {
    expect(nextCommand(of, ["-C", "fleet", "--goal", "boot"])).toBe(expected);
  });

  it("goes on with the profiles that were chosen", () => {
    const verdicts = ["nas", "my.pi"].map((host) => ({ host, status: "reverted", durationMs: 1 }) as const);
    const chosen = new Map([["my.pi", new Set(["home", "a.b"])]]);
    expect(nextCommand(verdicts, [], chosen)).toBe(`flurry deploy nas '.#"my.pi".home' '.#"my.pi"."a.b"'`);
    expect(nextCommand(verdicts.slice(1), ["--flake", "x"], new Map([["my.pi", new Set(["home"])]]))).toBe(
      `flurry deploy --flake x 'x#"my.pi".home'`,
    );
  });
});

describe("planLine", () => {
  it("says what is going to be done", () => {
    const plan = { doing: "Deploying", hosts: ["nas", "compute", "gateway"], source: "git+file:///fleet" };
    expect(planLine({ ...plan, how: ["switch", "3 at a time"] }, view.colors)).toBe(
      "Deploying 3 hosts (nas, compute, gateway) from git+file:///fleet: switch, 3 at a time",
    );
    const hosts = Array.from({ length: 30 }, (_, at) => `h${at}`);
    expect(planLine({ ...plan, hosts, revision: "1a2b3c4d5e", dirty: true, how: [] }, view.colors)).toBe(
      "Deploying 30 hosts (h0, h1, h2, h3, h4, h5 and 24 more) from git+file:///fleet at 1a2b3c4 (uncommitted changes)",
    );
  });
});

const status: HostStatus = {
  host: "nas",
  state: "unknown",
  current: systems.old,
  profileSystem: systems.old,
  generation: 43,
  durationMs: 10,
};

describe("renderStatus", () => {
  it("names the keys that a host is without", () => {
    const text = renderStatus([{ ...status, missingKeys: ["a", "b", "c", "d"] }], { ...view, columns: undefined });
    expect(text).toContain("without its keys a, b, c and 1 more (flurry upload-keys)");
  });

  it("shows one row a host and leaves out what nobody has", () => {
    const statuses: readonly HostStatus[] = [
      {
        ...status,
        state: "ok",
        wanted: systems.old,
        uptimeSeconds: 12 * 86_400,
        storeFreeBytes: 4e9,
        storeTotalBytes: 100e9,
        rootFreeBytes: 1e9,
        rootTotalBytes: 20e9,
      },
      {
        ...status,
        host: "b",
        state: "uncommitted",
        current: systems.new,
        failedUnits: ["a.service"],
        rebootNeeded: true,
      },
      {
        host: "c",
        state: "unreachable",
        error: { code: "FLURRY_SSH_UNREACHABLE", message: "no route" },
        durationMs: 1,
      },
      {
        ...status,
        host: "d",
        state: "deploying",
        lockedBy: "bob@laptop",
        lockedSince: 1_700_000_000,
        lockedRun: "r",
        lockedStep: "unconfirmed",
      },
    ];
    expect(renderStatus(statuses, { ...view, columns: 200 })).toMatchSnapshot("everything");
    expect(renderStatus([status], view)).toMatchSnapshot("little");
  });
});

describe("withWanted", () => {
  const wanted = storePath(systems.new);
  it.each([
    ["drift", status, "drift"],
    ["ok", { ...status, current: wanted }, "ok"],
    ["what else it is", { ...status, state: "uncommitted" as const }, "uncommitted"],
  ])("tells %s", (_, from, state) => {
    expect(withWanted(from, { system: wanted, profiles: new Map() })).toMatchObject({ state, wanted });
  });

  const notes = { name: "notes", user: "alice", state: "unknown", current: systems.new } as const;
  it.each([
    ["ok", notes, "ok"],
    ["drift", { ...notes, current: systems.old }, "drift"],
    ["absent", { name: "notes", user: "alice", state: "absent" }, "drift"],
  ] as const)("tells of a profile that is %s", (profileState, profile, state) => {
    const from = { ...status, current: wanted, profiles: [profile] };
    const known = withWanted(from, { system: wanted, profiles: new Map([["notes", wanted]]) });
    expect(known).toMatchObject({ state, profiles: [{ name: "notes", state: profileState, wanted }] });
  });
});

describe("previewOf", () => {
  it.each([
    ["a new system", "switch", { wanted: systems.new }, "change"],
    ["the same system", "switch", { wanted: systems.old }, "none"],
    ["a system that is not the boot default", "switch", { wanted: systems.new, current: systems.new }, "change"],
    ["the boot default alone", "boot", { wanted: systems.old, current: systems.new }, "none"],
    ["a system that does not evaluate", "switch", {}, "unknown"],
  ] as const)("knows %s (%s)", (_, goal, more, change) => {
    expect(previewOf({ ...status, ...more }, goal).change).toBe(change);
  });

  it("is shown as a table", () => {
    const previews = [
      previewOf({ ...status, wanted: systems.new }, "switch"),
      previewOf({ ...status, host: "b" }, "switch"),
    ];
    expect(renderPreview(previews, view)).toMatchSnapshot();
  });
});
