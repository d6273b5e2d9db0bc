import type { Host } from "@flurry/schema";
import { deployDefaults } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { privilegeError } from "./privilege-error.ts";

const host: Host = {
  name: "nas",
  addresses: ["nas"],
  tags: [],
  attrPath: ["nixosConfigurations", "nas"],
  modules: [],
  hostKeys: [],
  deploy: deployDefaults,
  health: [],
};

describe("why a command did not run as root", () => {
  it.each([
    ["sudo: a password is required", 1, "FLURRY_SUDO_REFUSED"],
    ["deploy is not in the sudoers file.", 1, "FLURRY_SUDO_REFUSED"],
    ["Sorry, user deploy is not allowed to execute '/bin/sh' as root on nas.", 1, "FLURRY_SUDO_REFUSED"],
    ["bash: line 1: sudo: command not found", 127, "FLURRY_SUDO_REFUSED"],
    ["This account is currently not available.", 1, "FLURRY_REMOTE_COMMAND_FAILED"],
    ["", 255, "FLURRY_REMOTE_COMMAND_FAILED"],
  ])("%s", (stderr, exitCode, code) => {
    const error = privilegeError(host, { exitCode, stdout: "", stderr });
    expect(error).toMatchObject({ code, host: "nas" });
    expect(error.hint).toBeDefined();
  });

  it.each([
    ["doas", "doas: Authentication required", "sudoers --format doas"],
    ["/run/wrappers/bin/doas", "doas: Operation not permitted", "doas.conf"],
    ["run0", "Failed to start transient service unit: Interactive authentication required.", "systemd1.manage-units"],
    ["run0", "Failed to start transient service unit: Access denied", "systemd1.manage-units"],
    ["pkexec", "Error executing command as another user: Not authorized: authentication required", "policykit.exec"],
    ["sudo", "sudo: a password is required", "--ask-sudo-password"],
  ])("%s: %s", (tool, stderr, way) => {
    const sudo = [tool, "-n", "--"];
    const asking = { ...host, deploy: { ...host.deploy, sudo } };
    const error = privilegeError(asking, { exitCode: 1, stdout: "", stderr });
    expect(error).toMatchObject({
      code: "FLURRY_SUDO_REFUSED",
      message: expect.stringContaining(`${tool} does not let`),
    });
    expect(error.hint).toContain(way);
  });
});
