import { describe, expect, it } from "vitest";

import { alice, nasKey, sshKey, pgp, fleetOf, complete, render, small } from "../../tests/support/render.ts";
import { renderFleet } from "../render-fleet.ts";

describe("secrets", () => {
  const files = {
    "secrets/*.yaml": { hosts: ["*"] },
    "secrets/nas.yaml": { hosts: ["nas"], admins: ["alice"] },
    "hosts/gateway/it's +1.json": { hosts: ["gateway"] },
  };
  const sops = { ...small, secrets: { backend: "sops", admins: { alice, "bob.b": [pgp, sshKey] }, files } };

  it("are one sops rule a file, the closest one first, with keys by name", () => {
    const { ".sops.yaml": yaml } = render(sops, { recipients: ({ name }) => (name === "nas" ? [nasKey, sshKey] : []) });
    expect(yaml?.split("\n").slice(2).join("\n")).toBe(`keys:
  - &alice ${alice}
  - &bob_b '${pgp}'
  - &bob_b__2 ${sshKey}
  - &nas ${nasKey}
  - &nas__2 ${sshKey}
creation_rules:
  - path_regex: ^secrets/nas\\.yaml$
    key_groups:
      - age:
          - *alice
          - *nas
          - *nas__2
  # gateway is to read this file, but no key of it is known yet.
  - path_regex: '^hosts/gateway/it''s \\+1\\.json$'
    key_groups:
      - age:
          - *alice
          - *bob_b__2
        pgp:
          - *bob_b
  # gateway is to read this file, but no key of it is known yet.
  - path_regex: '^secrets/[^/]*\\.yaml$'
    key_groups:
      - age:
          - *alice
          - *bob_b__2
          - *nas
          - *nas__2
        pgp:
          - *bob_b
`);
  });

  it("keep the key that a host has in the .sops.yaml that is there", () => {
    const existing = (path: string): string | undefined =>
      path === ".sops.yaml" ? `keys:\n  - &nas "${nasKey}" # the box\n  - &gateway nonsense\n` : complete(path);
    const { files: rendered, warnings } = renderFleet(fleetOf(sops), { existing });
    expect(rendered[0]).toMatchObject({ path: ".sops.yaml", status: "edited-by-hand" });
    expect(rendered[0]?.content).toContain(`  - &nas ${nasKey}\n`);
    expect(rendered[0]?.content).not.toContain("nonsense");
    expect(warnings).toMatchObject([{ code: "host-without-key", path: ["hosts", "gateway"] }]);
  });

  it("never take the key of one for the key of another", () => {
    const existing = (path: string): string | undefined =>
      path === ".sops.yaml" ? `keys:\n  - &nas ${nasKey}\n  - &nas__2 ${nasKey}\n` : undefined;
    const { ".sops.yaml": yaml } = render(
      {
        ...small,
        hosts: { nas: {}, nas__2: {} },
        secrets: { backend: "sops", admins: { nas: alice }, files: { "s.yaml": { hosts: ["*"] } } },
      },
      { existing },
    );
    expect(yaml).not.toContain(nasKey);
  });

  it("are declared for the hosts that may read them", () => {
    const secrets = [
      { file: "secrets/nas.yaml", name: "backup/password" },
      { file: "secrets/fleet.yaml", name: "backup/password" },
      { file: "hosts/gateway/it's +1.json", name: "token" },
      { file: "elsewhere.yaml", name: "x" },
    ];
    const { files: rendered, warnings } = renderFleet(fleetOf(sops), {
      existing: complete,
      secrets,
      recipients: () => [nasKey],
    });
    const modules = rendered.find(({ path }) => path === "secrets/hosts.nix");
    expect(modules?.content.split("\n").slice(2).join("\n")).toBe(`{
  nas =
    { lib, ... }:
    {
      sops = {
        defaultSopsFile = lib.mkDefault ./nas.yaml;
        secrets = {
          "backup/password".sopsFile = lib.mkDefault ./nas.yaml;
        };
      };
    };
  gateway =
    { lib, ... }:
    {
      sops = {
        secrets = {
          "backup/password".sopsFile = lib.mkDefault ./fleet.yaml;
          token.sopsFile = lib.mkDefault (../. + "/hosts/gateway/it's +1.json");
          token.format = lib.mkDefault "json";
        };
      };
    };
}
`);
    expect(warnings).toMatchObject([{ code: "secret-twice", path: ["secrets", "files", "secrets/fleet.yaml"] }]);
  });

  it("of one name in two files of a host are a warning", () => {
    const secrets = ["secrets/a.yaml", "secrets/b.yaml"].map((file) => ({ file, name: "x" }));
    const { warnings } = renderFleet(fleetOf(sops), { existing: complete, secrets, recipients: () => [nasKey] });
    expect(warnings).toMatchObject([
      {
        code: "secret-twice",
        path: ["secrets", "files", "secrets/b.yaml"],
        message: expect.stringContaining("nas has"),
      },
      { code: "secret-twice", message: expect.stringContaining("gateway has") },
    ]);
  });

  it("of agenix are rules with the pinned host keys, and a secret for each file", () => {
    const rendered = render({
      ...small,
      hosts: { nas: { hostKey: sshKey }, gateway: {} },
      secrets: { backend: "agenix", admins: { alice }, files: { "secrets/wifi.age": { hosts: ["*"] } } },
    });
    expect(rendered["secrets.nix"]?.split("\n").slice(2).join("\n")).toBe(`let
  admins = {
    alice = [ "${alice}" ];
  };
  hosts = {
    nas = [ "${sshKey}" ];
    gateway = [ ];
  };
in
{
  "secrets/wifi.age".publicKeys = admins.alice ++ hosts.nas ++ hosts.gateway;
}
`);
    expect(rendered["secrets/hosts.nix"]).toContain("wifi.file = lib.mkDefault ./wifi.age;");
    expect(rendered["flake.nix"]).toContain("inputs.agenix.nixosModules.default");
  });
});
