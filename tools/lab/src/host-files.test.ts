import { describe, expect, it } from "vitest";

import { hostFiles, hostSpecFile, templateFiles } from "./host-files.ts";
import { hostSpecs } from "./host-options.ts";
import type { HostOptions, HostSpec } from "./host-options.ts";

function spec(options: Omit<HostOptions, "name"> = {}): HostSpec {
  const [host] = hostSpecs([{ name: "nas", ...options }], { init: "systemd", existing: [], systemdProblem: undefined });
  if (host === undefined) throw new Error("a host was asked for");
  return host;
}

describe("templateFiles", () => {
  it("has the user deploy unless there is but one id", () => {
    const many = templateFiles("identity", "key");
    expect(many["etc/passwd"]).toContain("deploy:x:1000:1000");
    expect(many["home/deploy/.ssh/authorized_keys"]).toBe("key");
    const single = templateFiles("single", "key");
    expect(single["etc/passwd"]).not.toContain("deploy");
    expect(single["etc/passwd"]).toContain("sshd:x:0:0");
    expect(single).not.toHaveProperty("home/deploy/.ssh/authorized_keys");
  });

  it("starts sshd by a link in the wants of multi-user.target", () => {
    expect(templateFiles("identity", "key")["etc/systemd/system/multi-user.target.wants/sshd.service"]).toEqual({
      link: "../sshd.service",
    });
  });
});

describe("hostFiles", () => {
  it.each([
    ["nopasswd", "deploy ALL=(ALL:ALL) NOPASSWD: ALL"],
    ["refused", "deploy ALL=(ALL:ALL) ALL"],
  ] as const)("lets deploy have sudo: %s", (sudo, rule) => {
    expect(hostFiles(spec({ sudo }))["etc/sudoers"]).toContain(`\n${rule}\n`);
  });

  it("has no rule for deploy where sudo is absent", () => {
    expect(hostFiles(spec({ sudo: "absent" }))["etc/sudoers"]).not.toContain("deploy");
  });

  it("asks for signatures where the host does", () => {
    expect(hostFiles(spec())["etc/nix/nix.conf"]).toContain("require-sigs = false\n");
    expect(hostFiles(spec({ requireSignatures: true }))["etc/nix/nix.conf"]).toContain("require-sigs = true\n");
  });
});

describe("hostSpecFile", () => {
  it("is read by sh", () => {
    expect(hostSpecFile(spec({ storeSizeMiB: 60, daemon: false }))).toBe(
      "ADDRESS=10.0.20.10\nPREFIX=16\nCABLE=v0\nINIT=systemd\nSUDO=nopasswd\nDAEMON=''\nSTORE_SIZE_MIB=60\n",
    );
  });
});
