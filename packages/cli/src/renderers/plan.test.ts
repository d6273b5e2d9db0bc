import { storePath } from "@flurry/core";
import type { HostChangePlan, HostPlan } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { systems } from "../../tests/support/scripted-runs.ts";
import { colorsFor } from "./colors.ts";
import { renderPlanDetails } from "./plan-details.ts";
import { renderPlanMarkdown } from "./plan-markdown.ts";
import { planSummary, renderPlanTable } from "./plan-table.ts";

const colors = colorsFor(false);
const [current, wanted] = [storePath(systems.old), storePath(systems.new)];
const notBuilt = { status: "unknown", why: "the new system is not built", learn: "plan with --build" } as const;

const change: HostChangePlan = {
  packages: {
    status: "known",
    value: {
      packages: [
        { name: "go", kind: "changed", before: [], after: ["1.23"], bytes: 200_000_000 },
        { name: "htop", kind: "removed", before: ["3.3.0"], after: [], bytes: -300_000 },
        { name: "linux", kind: "upgraded", before: ["6.6.31"], after: ["6.6.32"], bytes: 1_200_000 },
        { name: "vim", kind: "rebuilt", before: [], after: [], bytes: 0 },
      ],
      others: [{ name: "unit-nginx.service", kind: "rebuilt", before: [], after: [], bytes: 10 }],
      beforeBytes: 2_000_000_000,
      afterBytes: 2_200_900_010,
    },
  },
  copy: { status: "known", value: { paths: 12, bytes: 240_000_000 } },
  boot: {
    status: "known",
    value: {
      rebootNeeded: true,
      parts: [
        { part: "kernel", before: "linux-6.6.31", after: "linux-6.6.32" },
        { part: "kernel-params", before: "", after: "quiet" },
        { part: "systemd", before: "systemd-255", after: "systemd-255" },
      ],
    },
  },
  units: {
    status: "known",
    value: {
      restart: ["nginx.service"],
      start: ["new.timer"],
      stop: [],
      reload: ["dbus.service"],
      skip: ["display-manager.service"],
      systemd: true,
      remarks: ["would add secret: nginx"],
    },
  },
};

const nas: HostPlan = {
  host: "nas",
  status: "change",
  current,
  profile: current,
  wanted,
  generation: 42,
  drift: "none",
  change,
  errors: [],
};
const edge: HostPlan = {
  ...nas,
  host: "edge",
  drift: "foreign",
  rebootDue: true,
  lockedBy: "bob@desk",
  change: {
    packages: notBuilt,
    forecast: { packages: [{ name: "nginx", kind: "upgraded", before: ["1.26.1"], after: ["1.26.2"] }] },
    build: { derivations: 7, fetchPaths: 3, fetchBytes: 5_000_000 },
    copy: notBuilt,
    boot: notBuilt,
    units: { ...notBuilt, why: "it was not asked for", learn: "plan without --no-units" },
  },
};
const same: HostPlan = { host: "same", status: "none", current, wanted: current, drift: "none", errors: [] };
const gone: HostPlan = {
  host: "gone",
  status: "unknown",
  wanted,
  errors: [{ code: "FLURRY_SSH_UNREACHABLE", message: "10.0.0.9 does not answer | <b>@alice</b>" }],
};
const plans = [nas, edge, same, gone];

describe("a plan for people", () => {
  it("has a row for each host", () => {
    expect(renderPlanTable(plans, { colors, columns: undefined })).toMatchSnapshot();
    expect(planSummary(plans)).toBe("2 of 4 hosts would change, 1 of them needs a reboot; nothing was activated");
  });

  it.each([false, true])("tells all of a host (verbose: %s)", (verbose) => {
    expect(renderPlanDetails(plans, { colors, verbose }).join("\n")).toMatchSnapshot();
  });

  it("says the same of several hosts once", () => {
    const alike = ["a", "b", "c"].map((host) => ({ ...nas, host }));
    const blocks = renderPlanDetails([...alike, edge], { colors, verbose: false });
    expect(blocks.map((block) => block.split("\n")[0])).toEqual([
      "a, b, c  (3 hosts)",
      "edge  1a2b3c4d → 9z8y7x6w, now generation 42",
    ]);
  });

  it("cuts long lists", () => {
    const packages = Array.from(
      { length: 30 },
      (_, at) => ({ name: `p${at}`, kind: "added", before: [], after: ["1"], bytes: 1 }) as const,
    );
    const long = {
      ...change,
      packages: { status: "known", value: { packages, others: [], beforeBytes: 0, afterBytes: 30 } },
    } as const;
    const text = renderPlanDetails([{ ...nas, change: long }], { colors, verbose: false }).join("");
    expect(text).toContain("… and 10 more (-v shows all)");
    expect(renderPlanDetails([{ ...nas, change: long }], { colors, verbose: true }).join("")).toContain("p29");
  });
});

describe("a plan for a pull request", () => {
  it("is a table and what changes to unfold", () => {
    expect(renderPlanMarkdown(plans, "Deployment plan of *home*")).toMatchSnapshot();
  });

  it("says the same of several hosts once, and never more than a comment holds", () => {
    const alike = ["a", "b", "c"].map((host) => ({ ...nas, host }));
    expect(renderPlanMarkdown(alike, "x")).toContain("<details><summary><b>a, b, c</b>: 3 hosts</summary>");
    const many = Array.from({ length: 400 }, (_, at) => ({
      ...nas,
      host: `h${at}`,
      change: { ...change, copy: notBuilt, build: { derivations: at, fetchPaths: 0, fetchBytes: 0 } },
    }));
    const text = renderPlanMarkdown(many, "x");
    expect(text).toContain("more than fits in a comment");
    expect(text.length).toBeLessThan(65_536);
  });

  it("tells what changes beside packages, and what does nothing else", () => {
    const packages = { status: "known", value: { beforeBytes: 1, afterBytes: 1, packages: [], others: [] } } as const;
    const units = {
      status: "known",
      value: { restart: [], start: [], stop: [], reload: [], skip: [], remarks: [] },
    } as const;
    const boot = { status: "known", value: { reboot: false, parts: [] } } as const;
    const empty = { ...change, packages, units, boot } as unknown as typeof change;
    expect(renderPlanMarkdown([{ ...nas, change: empty }], "x")).toContain("\n- no package, no unit and no part of");
    const others = {
      ...packages,
      value: { ...packages.value, others: ["a", "b"] },
    } as unknown as typeof change.packages;
    const text = renderPlanMarkdown([{ ...nas, change: { ...empty, packages: others } }], "x");
    expect(text).toContain("\n- also: 2 files of the configuration\n");
  });

  it("says nothing that is not text", () => {
    const text = renderPlanMarkdown([gone], "x");
    expect(text).not.toContain("<b>@");
    expect(text).toContain(String.raw`\| &lt;b>@<!-- -->alice`);
  });
});
