import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { HostPlan } from "@flurry/deploy";
import { fixtureDirectory } from "@flurry/lab";
import type { FleetLab } from "@flurry/lab";
import { ageWrapper, encryptAge, encryptSops, newIdentity, parseRecipient, sshToAgeRecipient } from "@flurry/secrets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { CheckFinding } from "../src/check/finding.ts";
import { deployJson, expectConfirmed, fleetFile, fleetLab } from "./support/fleet.ts";

/** `secrets/fleet.yaml`, which every host of the example reads, anew. */
async function writeSecrets(fleet: FleetLab, plain: string, recipients: readonly string[]): Promise<void> {
  const groups = [recipients.map((recipient) => ageWrapper(recipient))];
  const file = join(fleet.directory, "secrets/fleet.yaml");
  await writeFile(file, await encryptSops(Buffer.from(plain), { format: "yaml", groups, now: new Date() }));
}

describe("the secrets of hosts", () => {
  let fleet: FleetLab;
  let nasKey: string;
  beforeAll(async () => {
    fleet = await fleetLab({ hosts: ["nas", "compute"], fleetFile: fleetFile({ nas: "", compute: "" }) });
    const line = await fleet.host("nas").output("cat /etc/ssh/ssh_host_ed25519_key.pub");
    nasKey = line.split(" ").slice(0, 2).join(" ");
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  const system = async (host: string): Promise<string> => await fleet.host(host).output("readlink /run/current-system");

  it("keep a host from being deployed that asks for a key which is not in its file, and no other host", async () => {
    const before = await system("nas");
    await fleet.edit("nas", '{ sops.secrets."smb/password" = { }; }');
    await fleet.edit("compute", '{ environment.etc.note.text = "new"; }');
    const run = await deployJson(fleet);
    expect(run.exitCode).toBe(4);
    expect(run.verdict("compute").status).toBe("deployed");
    expect(run.verdict("nas")).toMatchObject({
      status: "failed",
      error: {
        code: "FLURRY_SECRETS_NOT_READY",
        host: "nas",
        message: "secrets/fleet.yaml has no key smb/password",
        hint: expect.stringContaining("flurry secrets set secrets/fleet.yaml smb.password"),
      },
    });
    const stages = run.events.flatMap((event) =>
      event.kind === "stage-started" && event.host === "nas" ? [event.stage] : [],
    );
    expect(stages).not.toContain("build");
    expect(stages).not.toContain("copy");
    expect(await system("nas")).toBe(before);
  });

  it("are part of the check, the plan and the preview", async () => {
    const checked = await fleet.flurry(["check", "nas", "--json"]);
    const { findings } = JSON.parse(checked.stdout) as { findings: readonly CheckFinding[] };
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: "host-secrets", severity: "error", host: "nas", file: "secrets/fleet.yaml" }),
    );
    expect(checked.exitCode).toBe(1);
    const planned = await fleet.flurry(["plan", "nas", "--json"]);
    const [plan] = (JSON.parse(planned.stdout) as { hosts: readonly HostPlan[] }).hosts;
    expect(plan).toMatchObject({ status: "change", errors: [{ code: "FLURRY_SECRETS_NOT_READY" }] });
    expect(planned.exitCode).toBe(4);
    const preview = await fleet.flurry(["deploy", "nas", "--dry-run"]);
    expect(preview.exitCode).toBe(4);
    expect(preview.stderr).toContain("secrets/fleet.yaml has no key smb/password");
  });

  it("need not be looked at", async () => {
    const run = await deployJson(fleet, ["nas", "--no-secrets-check"]);
    expect(run.verdict("nas").status).toBe("deployed");
    await fleet.edit("nas", "{ }");
    expect((await deployJson(fleet, ["nas"])).verdict("nas").status).toBe("deployed");
  });

  it("have to open with the key that is pinned for the host", async () => {
    const plain = "backup:\n  password: a\n  repository: b\nsmb:\n  password: c\n";
    const { recipient: alice } = await newIdentity("x25519");
    await fleet.writeFleetFile(fleetFile({ nas: `hostKey: "${nasKey}"`, compute: "" }));
    await writeSecrets(fleet, plain, [alice]);
    const before = await system("nas");
    await fleet.edit("nas", '{ sops.secrets."smb/password" = { }; }');
    const refused = await deployJson(fleet, ["nas"]);
    expect(refused.verdict("nas").error).toMatchObject({
      code: "FLURRY_SECRETS_NOT_READY",
      message: "secrets/fleet.yaml is not encrypted for the pinned host key of nas",
      hint: expect.stringContaining("flurry secrets rekey secrets/fleet.yaml"),
    });
    expect(await system("nas")).toBe(before);

    await writeSecrets(fleet, plain, [alice, sshToAgeRecipient(nasKey)]);
    await fleet.edit("nas", '{ sops.secrets."smb/password" = { mode = "0440"; }; }');
    const run = await deployJson(fleet, ["nas"]);
    expect(run.verdict("nas").status).toBe("deployed");
    await expectConfirmed(fleet, fleet.host("nas"), run.verdict("nas").after);
  });

  it("have to open with it in files of agenix as well", async () => {
    const { recipient: alice } = await newIdentity("x25519");
    const module = fixtureDirectory("inputs/agenix/module.nix");
    await copyFile(module, join(fleet.directory, "modules/agenix.nix"));
    const token = async (recipient: string): Promise<void> => {
      const content = await encryptAge(Buffer.from("t"), [parseRecipient(recipient)]);
      await writeFile(join(fleet.directory, "secrets/token.age"), content);
    };
    const declared = "{ imports = [ ../../modules/agenix.nix ]; age.secrets.token.file = ../../secrets/token.age; }";
    await token(alice);
    await fleet.edit("nas", declared);
    const refused = await deployJson(fleet, ["nas"]);
    expect(refused.verdict("nas").error).toMatchObject({
      message: "secrets/token.age is not encrypted for the pinned host key of nas",
    });
    await token(nasKey);
    await fleet.edit("nas", `${declared} # again`);
    expect((await deployJson(fleet, ["nas"])).verdict("nas").status).toBe("deployed");
  });
});
