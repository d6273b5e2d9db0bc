import { describe, expect, it } from "vitest";

import { parseHostState } from "./host-state.ts";
import type { HostState } from "./host-state.ts";
import { hostBefore } from "./judge-host.ts";
import { judgeKeys } from "./judge-keys.ts";
import type { KeyRun } from "./judge-keys.ts";

const paths = { early: ["/var/keys/early", "640 deploy:users"], late: ["/run/keys/late", "600 root:root"] } as const;

interface Seen {
  readonly verdict?: string;
  readonly goal?: string;
  readonly early?: string;
  readonly late?: string;
  readonly access?: string;
  readonly bootId?: string;
}

function hostWith({ verdict, goal = "switch", early, late, access, bootId = "b" }: Seen): HostState {
  const run = ["run", "r", goal, "/new", "/old", "system-1-link", "b", "commit", verdict, "", "5.5"].join("\t");
  const keys = Object.entries({ early, late }).flatMap(([name, value]) => {
    const [path, right] = name === "early" ? paths.early : paths.late;
    return value === undefined ? [] : [["key", path, `${name}-${value}`, access ?? right].join("\t")];
  });
  return parseHostState(
    [`bootId\t${bootId}`, "bootedAt\t1", ...keys, ...(verdict === undefined ? [] : [run])].join("\n"),
  );
}

const before = hostBefore(hostWith({ early: "old", late: "old" }), new Set());
const run: KeyRun = { runId: "r", value: "new", waitsForKeys: true, maybeAlone: false };

describe("the keys of a host", () => {
  it.each<readonly [string, Seen]>([
    ["are new when it committed", { verdict: "committed", early: "new", late: "new" }],
    ["are old when it went back", { verdict: "reverted", early: "old", late: "old" }],
    ["are old when nothing was begun", { early: "old", late: "old" }],
    ["are not in memory any more when it has rebooted", { verdict: "reverted", early: "old", bootId: "c" }],
    ["may come after the commit that boots next", { verdict: "committed", goal: "boot", early: "new", late: "old" }],
  ])("%s", (_, seen) => {
    expect(judgeKeys(before, hostWith(seen), [run])).toEqual([]);
  });

  it.each<readonly [string, Seen]>([
    ["are old and it committed", { verdict: "committed", early: "old", late: "new" }],
    ["are new and it went back", { verdict: "reverted", early: "new", late: "old" }],
    ["are new and nothing was begun", { early: "new", late: "old" }],
    ["are somebody else's", { verdict: "committed", early: "else", late: "new" }],
    ["are gone", { verdict: "committed", early: "new" }],
  ])("%s: told", (_, seen) => {
    expect(judgeKeys(before, hostWith(seen), [run])).toHaveLength(1);
  });

  it("can be read by nobody else", () => {
    const seen = hostWith({ verdict: "committed", early: "new", late: "new", access: "644 root:root" });
    expect(judgeKeys(before, seen, [run])).toHaveLength(2);
  });
});
