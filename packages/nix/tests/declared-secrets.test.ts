import { lockFlake, NixPool } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { evaluateAll, recorder, testFlake } from "./test-flake.ts";

/** Hosts as sops-nix and agenix configure them, and others that have options of these names. */
const flake = `{
  outputs = { self }: let
    host = name: config: {
      config = config // {
        system.build.toplevel = derivation {
          inherit name; system = "x86_64-linux"; builder = "/bin/sh"; nonce = "NONCE";
        };
      };
    };
  in {
    nixosConfigurations = builtins.mapAttrs host {
      nas.sops = {
        age = { sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ]; keyFile = null; };
        gnupg = { home = null; sshKeyPaths = [ ]; };
        secrets = {
          token = { sopsFile = ./secrets/nas.yaml; key = "api/token"; format = "yaml"; mode = "0400"; };
          "wifi/psk" = { sopsFile = "\${self}/secrets/wifi.env"; format = "dotenv"; };
          far.sopsFile = "/nix/store/80wv3klj0i0s9bxjbyjfipr3z3lmkrqa-source/far.yaml";
        };
      };
      web.age = {
        identityPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
        secrets.token.file = ./secrets/token.age;
      };
      keyed.sops = {
        age.keyFile = "/var/lib/age.txt";
        gnupg.home = "/root/.gnupg";
        secrets.token.sopsFile = ./secrets/nas.yaml;
      };
      plain = { };
      empty = { sops = { secrets = { }; }; age.secrets = { }; };
      odd = { age = 42; sops.secrets = { a = "b"; c.d = 1; }; };
      thrower.sops.secrets.token.sopsFile = throw "not today";
    };
  };
}
`;

const names = ["nas", "web", "keyed", "plain", "empty", "odd", "thrower"];

describe("the secrets that a configuration declares", () => {
  it("come with its evaluation, whether nix is asked or what it said is remembered", async () => {
    await using fleet = await testFlake({
      "flake.nix": flake,
      "secrets/nas.yaml": "",
      "secrets/wifi.env": "",
      "secrets/token.age": "",
    });
    await using pool = new NixPool({ context: fleet.context, emit: recorder().emit, concurrency: 2 });
    const ask = async (): Promise<readonly unknown[]> => {
      const results = await evaluateAll(pool, await lockFlake(".", fleet.context), names);
      return names.map((name) => {
        const result = results.get(name);
        return result?.status === "ok" ? result.secrets : result?.error;
      });
    };
    const expected = [
      {
        sops: {
          secrets: [
            {
              name: "far",
              file: "/nix/store/80wv3klj0i0s9bxjbyjfipr3z3lmkrqa-source/far.yaml",
              key: "far",
              format: "yaml",
            },
            { name: "token", file: "secrets/nas.yaml", key: "api/token", format: "yaml" },
            { name: "wifi/psk", file: "secrets/wifi.env", key: "wifi/psk", format: "dotenv" },
          ],
          sshKeyPaths: ["/etc/ssh/ssh_host_ed25519_key"],
          hasAgeKeyFile: false,
          hasPgp: false,
        },
      },
      {
        age: {
          secrets: [{ name: "token", file: "secrets/token.age" }],
          identityPaths: ["/etc/ssh/ssh_host_ed25519_key"],
        },
      },
      {
        sops: {
          secrets: [{ name: "token", file: "secrets/nas.yaml", key: "token", format: "yaml" }],
          sshKeyPaths: [],
          hasAgeKeyFile: true,
          hasPgp: true,
        },
      },
      undefined,
      undefined,
      undefined,
      undefined,
    ];
    expect(await ask()).toEqual(expected);
    expect(await ask()).toEqual(expected);
  });

  it("are as remembered until what declares them changes", async () => {
    await using fleet = await testFlake({ "flake.nix": flake, "secrets/token.age": "" });
    await using pool = new NixPool({ context: fleet.context, emit: recorder().emit });
    const web = async () => (await evaluateAll(pool, await lockFlake(".", fleet.context), ["web"])).get("web");
    expect(await web()).toMatchObject({ status: "ok", cached: false });
    // The file is only named: what is in it is nothing to the evaluation of this host.
    await fleet.write({ "secrets/token.age": "other" });
    expect(await web()).toMatchObject({ status: "ok", secrets: { age: { secrets: [{ file: "secrets/token.age" }] } } });
    await fleet.write({ "flake.nix": flake.replace("./secrets/token.age", "./secrets/web.age") });
    expect(await web()).toMatchObject({ cached: false, secrets: { age: { secrets: [{ file: "secrets/web.age" }] } } });
  });
});
