import { describe, expect, it } from "vitest";

import { renderSudoRule } from "./sudo-rules.ts";

describe("renderSudoRule", () => {
  it("writes a NixOS module, with the trust that copying needs", () => {
    expect(renderSudoRule("deploy", "nix")).toMatchInlineSnapshot(`
      "# Lets deploy deploy to this host with Flurry: take closures from it, and run what a deployment runs as root.
      {
        nix.settings.trusted-users = [ "deploy" ];
        security.sudo.extraRules = [
          {
            users = [ "deploy" ];
            runAs = "root";
            commands = [
              { command = "/run/current-system/sw/bin/sh -c *"; options = [ "NOPASSWD" ]; }
              { command = "/run/current-system/sw/bin/systemctl is-active -- *"; options = [ "NOPASSWD" ]; }
              { command = "/run/current-system/sw/bin/curl *"; options = [ "NOPASSWD" ]; }
            ];
          }
        ];
      }
      "
    `);
  });

  it("writes lines of sudoers and doas.conf", () => {
    expect(renderSudoRule("deploy", "sudoers")).toMatchInlineSnapshot(`
      "deploy ALL=(root) NOPASSWD: /run/current-system/sw/bin/sh -c *
      deploy ALL=(root) NOPASSWD: /run/current-system/sw/bin/systemctl is-active -- *
      deploy ALL=(root) NOPASSWD: /run/current-system/sw/bin/curl *
      "
    `);
    expect(renderSudoRule("deploy", "doas")).toMatchInlineSnapshot(`
      "permit nopass deploy as root cmd sh
      permit nopass deploy as root cmd systemctl
      permit nopass deploy as root cmd curl
      "
    `);
  });
});
