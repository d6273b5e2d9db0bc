import { describe, expect, it } from "vitest";

import { cgroupMount, ownCgroup } from "./cgroup.ts";

describe("cgroupMount", () => {
  it.each([
    ["cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "/sys/fs/cgroup"],
    [
      "cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n",
      "/sys/fs/cgroup/unified",
    ],
    ["cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\n", undefined],
  ])("finds cgroup2 in %j", (mounts, expected) => {
    expect(cgroupMount(mounts)).toBe(expected);
  });
});

describe("ownCgroup", () => {
  it.each([
    ["0::/user.slice/user-1000.slice/run-1.scope\n", "/user.slice/user-1000.slice/run-1.scope"],
    ["4:memory:/x\n0::/\n", "/"],
    ["4:memory:/x\n", undefined],
  ])("reads %j", (text, expected) => {
    expect(ownCgroup(text)).toBe(expected);
  });
});
