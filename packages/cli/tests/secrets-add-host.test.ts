import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { parseIdentityFile, sshToAgeIdentity, sshToAgeRecipient, unlockIdentities } from "@flurry/secrets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// @boundaries-ignore the sshd that the tests of ssh start is no part of what it publishes
import { workshop } from "../../ssh/tests/test-sshd.ts";
// @boundaries-ignore the same
import type { TestKey, TestSshd, Workshop } from "../../ssh/tests/test-sshd.ts";
import { bin, hasTool, secretsPlace } from "./support/secrets-place.ts";
import type { SecretsPlace } from "./support/secrets-place.ts";

const withSops = hasTool("sops");

let shop: Workshop;
let sshd: TestSshd;
let hostKey: TestKey;
beforeAll(async () => {
  shop = await workshop();
  hostKey = await shop.key("host");
  const rsa = await shop.key("host-rsa", { type: "rsa" });
  sshd = await shop.sshd({ authorized: [], hostKeys: [rsa, hostKey] });
});
afterAll(() => shop[Symbol.asyncDispose]());

/** How ssh finds the host, with what it knows of its key. */
async function sshConfig(knownHosts: string): Promise<string> {
  const known = await shop.file(`known-${Math.random()}`, knownHosts);
  return await shop.file(
    `config-${Math.random()}`,
    `Host web\n  HostName ${sshd.address}\n  Port ${sshd.port}\nHost *\n  UserKnownHostsFile ${known}\n  GlobalKnownHostsFile none\n`,
  );
}

async function team(): Promise<SecretsPlace> {
  const place = await secretsPlace();
  await place.put(
    ".sops.yaml",
    `creation_rules:\n  - path_regex: ^team/common\n    age: ${place.recipient}\n  - path_regex: ^team/\n    age: ${place.recipient}\n`,
  );
  await mkdir(join(place.path, "team"));
  for (const name of ["team/common.yaml", "team/own.yaml"]) await place.ok(["set", name, "a"], { stdin: name });
  return place;
}

/** As sops-nix on the host reads it: with the age key that is converted from the host's ssh key. */
async function onTheHost(place: SecretsPlace, name: string): Promise<boolean> {
  const [unlocked] = await unlockIdentities(parseIdentityFile(await readFile(hostKey.file), { name: "host" }));
  if (unlocked?.kind !== "ssh") throw new Error("the host has another key");
  const env = { HOME: "/nonexistent", SOPS_AGE_KEY: sshToAgeIdentity(unlocked.secret) };
  const ours = (await place.flurry(["get", name], { env })).exitCode === 0;
  const theirs = withSops ? (await place.run("sops", ["-d", name], { env })).exitCode === 0 : ours;
  expect(theirs).toBe(ours);
  return ours;
}

const words = (config: string): readonly string[] => [
  "add-host",
  "web",
  "--scan",
  "web",
  "--ssh-config",
  config,
  "--file",
  "team/common.yaml",
];

describe("flurry secrets add-host --scan", () => {
  it("takes the key that a live host shows and known_hosts has, and the host reads just the files that it is to", async () => {
    await using place = await team();
    const config = await sshConfig(sshd.knownHosts);
    const own = await place.read("team/own.yaml");
    // The same host without an alias: by its port.
    const known = await sshConfig(sshd.knownHosts);
    const byPort = ["add-host", "web", "--scan", `ssh://${sshd.address}:${sshd.port}`, "--ssh-config", known];
    expect(await place.ok([...byPort, "--file", "team/common.yaml", "--dry-run"])).toContain(
      sshToAgeRecipient(hostKey.publicKey),
    );
    await place.ok(words(config));
    expect((await place.read(".sops.yaml")).toString()).toContain(sshToAgeRecipient(hostKey.publicKey));
    expect(await onTheHost(place, "team/common.yaml")).toBe(true);
    expect(await onTheHost(place, "team/own.yaml")).toBe(false);
    expect(await place.read("team/own.yaml")).toEqual(own);
  });

  it("believes no key that nobody knows, unless somebody says so", async () => {
    await using place = await team();
    const config = await sshConfig("");
    const before = await place.read(".sops.yaml");
    const print = /SHA256:\S+/.exec((await place.run("ssh-keygen", ["-lf", `${hostKey.file}.pub`])).stdout)?.[0] ?? "?";
    for (const more of [[], ["--json"]]) {
      const refused = await place.flurry([...words(config), ...more]);
      expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(print) });
      expect(refused.stderr).toContain("nobody is here to say whether it is right");
      expect(await place.read(".sops.yaml")).toEqual(before);
    }
    const shown = await place.ok([...words(config), "--dry-run"]);
    expect(shown).toContain(sshToAgeRecipient(hostKey.publicKey));
    expect(await place.read(".sops.yaml")).toEqual(before);
    expect(await onTheHost(place, "team/common.yaml")).toBe(false);
    const taken = await place.flurry([...words(config), "--yes"]);
    expect(taken).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(print) });
    expect(await onTheHost(place, "team/common.yaml")).toBe(true);
  });

  it.runIf(hasTool("expect"))("asks a person at a terminal", async () => {
    await using place = await team();
    const config = await sshConfig("");
    const command = [process.execPath, bin, "secrets", ...words(config)].map((word) => `{${word}}`).join(" ");
    const answer = (text: string): string =>
      `set timeout 60\nspawn ${command}\nexpect "Is that its key?" { send "${text}\\r" }\nexpect {\n"Add web to" { send "y\\r"; exp_continue }\neof {}\n}`;
    await place.run("expect", ["-c", answer("n")]);
    expect(await onTheHost(place, "team/common.yaml")).toBe(false);
    await place.run("expect", ["-c", answer("y")]);
    expect(await onTheHost(place, "team/common.yaml")).toBe(true);
  });

  it("refuses a host whose key is not that of known_hosts, also with --yes", async () => {
    await using place = await team();
    const other = await shop.key(`other-${Math.random()}`);
    const before = await place.read(".sops.yaml");
    const name = `[${sshd.address}]:${sshd.port}`;
    for (const [line, code] of [
      [`${name} ${other.publicKey}\n`, "FLURRY_SSH_HOST_KEY_CHANGED"],
      [`@revoked ${name} ${hostKey.publicKey}\n`, "FLURRY_SSH_HOST_KEY_REVOKED"],
    ] as const) {
      const refused = await place.flurry([...words(await sshConfig(line)), "--yes"]);
      expect(refused.exitCode).not.toBe(0);
      expect(refused.stderr).toContain(`error[${code}]`);
    }
    const away = await shop.file("away", `Host web\n  HostName 127.0.0.1\n  Port 1\n`);
    expect((await place.flurry([...words(away), "--yes"])).stderr).toContain("error[FLURRY_SSH_UNREACHABLE]");
    expect(await place.read(".sops.yaml")).toEqual(before);
  });
});
