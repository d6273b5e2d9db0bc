import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { newIdentity } from "@flurry/secrets";
import { describe, expect, it } from "vitest";

import { hasTool, secretsPlace } from "./support/secrets-place.ts";
import type { SecretsPlace } from "./support/secrets-place.ts";

const withSops = hasTool("sops");
const [nas, bob] = await Promise.all([newIdentity("x25519"), newIdentity("x25519")]);
const values = "smb: hunter2\nport: 80\n";

/** A git repository of somebody who shares one file with bob and a host, and another with the host alone. */
async function repository(): Promise<SecretsPlace> {
  const place = await secretsPlace();
  const { recipient } = place;
  await place.put(
    ".sops.yaml",
    `# who is who
keys:
  - &alice ${recipient}
  - &bob ${bob.recipient}
  - &hosts
    - &nas ${nas.recipient}
creation_rules:
  - path_regex: ^team/nas\\.yaml$
    key_groups: [{ age: [*alice, *nas] }]
  - path_regex: ^team/common
    key_groups: [{ age: [*alice, *bob, *nas] }]
`,
  );
  await mkdir(join(place.path, "team"));
  await git(place, "init", "-q");
  for (const name of ["team/nas.yaml", "team/common.yaml"]) {
    await place.put(name, values);
    const wanted = name.includes("nas") ? [recipient, nas.recipient] : [recipient, bob.recipient, nas.recipient];
    await place.ok(["encrypt", "--in-place", name, "--age", wanted.join(",")]);
  }
  await git(place, "add", "-A");
  await git(place, "commit", "-qm", "first");
  return place;
}

async function git(place: SecretsPlace, ...words: readonly string[]): Promise<string> {
  const who = ["-c", "user.name=alice", "-c", "user.email=alice@example.org"];
  const { exitCode, stdout, stderr } = await place.run("git", [...who, ...words]);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

async function opensFor(place: SecretsPlace, secret: string, name: string): Promise<boolean> {
  const env = { SOPS_AGE_KEY: secret, HOME: "/nonexistent" };
  const ours = (await place.flurry(["get", name], { env })).exitCode === 0;
  const theirs = withSops ? (await place.run("sops", ["-d", name], { env })).exitCode === 0 : ours;
  expect(theirs).toBe(ours);
  return ours;
}

describe("flurry secrets", () => {
  it("writes nothing by rules that do not say what they seem to, as sops", async () => {
    await using place = await repository();
    const before = await place.read("team/common.yaml");
    await place.put("new.yaml", values);
    for (const rules of [
      `  - path_regex: "(("\n    age: ${nas.recipient}\n  - age: ${place.recipient}\n`,
      `  - age: ${place.recipient},age1xyz\n`,
      `  - age: ${place.recipient}\n    encrypted_regex: a\n    encrypted_suffix: b\n`,
    ]) {
      await place.put(".sops.yaml", `creation_rules:\n${rules}`);
      for (const words of [
        ["rekey", "--yes"],
        ["encrypt", "new.yaml"],
        ["set", "other.yaml", "a"],
      ])
        expect(await place.flurry(words, { stdin: "x" })).toMatchObject({
          stdout: "",
          exitCode: 61,
          stderr: expect.stringContaining("error[FLURRY_POLICY_INVALID]"),
        });
      const theirs = withSops ? (await place.run("sops", ["-e", "new.yaml"])).exitCode : 1;
      expect(theirs).not.toBe(0);
    }
    expect(await place.read("team/common.yaml")).toEqual(before);
    // Who says for whom needs no rules, and a configuration that is named is to be there.
    await place.ok(["encrypt", "--age", nas.recipient, "new.yaml"]);
    const named = await place.flurry(["encrypt", "new.yaml"], { env: { SOPS_CONFIG: "gone.yaml" } });
    expect(named.exitCode).not.toBe(0);
    expect(named.stderr).toContain("gone.yaml");
  });

  it("matrix, check and why say who reads what without any key", async () => {
    await using place = await repository();
    const env = { HOME: "/nonexistent" };
    expect(await place.ok(["matrix"], { env })).toBe(
      "file              alice  bob  nas\nteam/common.yaml  ✓      ✓    ✓\nteam/nas.yaml     ✓      ·    ✓\n",
    );
    expect(await place.ok(["matrix", "--csv"], { env })).toBe(
      "file,alice,bob,nas\r\nteam/common.yaml,reads,reads,reads\r\nteam/nas.yaml,reads,,reads\r\n",
    );
    expect((await place.flurry(["check", "--strict"], { env })).exitCode).toBe(0);
    expect(await place.ok(["why", "bob", "team/nas.yaml"], { env })).toContain(
      "bob cannot read team/nas.yaml\n  rule      ^team/nas\\.yaml$ (.sops.yaml:8) does not name bob\n",
    );
    await place.put("team/common-plain.yaml", values);
    const found = await place.flurry(["check", "--json"], { env });
    expect(found.exitCode).toBe(1);
    expect(JSON.parse(found.stdout)).toMatchObject({
      ok: false,
      findings: [{ code: "not-encrypted", place: { file: "team/common-plain.yaml" } }],
    });
    const text = (await place.flurry(["check", "team"], { env })).stdout;
    expect(text).toMatch(/^team\/common-plain\.yaml: error: The file is not encrypted.* \[not-encrypted\]\n {2}hint: /);
  });

  it("add-host shows what it will do, does it, and leaves comments and other recipients as they are", async () => {
    await using place = await repository();
    const web = await newIdentity("x25519");
    const words = ["add-host", "web", "--key", web.recipient, "--file", "team/common.yaml"];
    const before = (await place.read(".sops.yaml")).toString();
    const shown = await place.ok([...words, "--dry-run"]);
    expect(shown).toContain(`+    - &web ${web.recipient}`);
    expect(shown).toContain("web will read team/common.yaml: team/common.yaml was asked for");
    expect(await git(place, "status", "--short")).toBe("");
    await place.ok(words);
    expect((await place.read(".sops.yaml")).toString()).toBe(
      before
        .replace(nas.recipient, `${nas.recipient}\n    - &web ${web.recipient}`)
        .replace("[*alice, *bob, *nas]", "[*alice, *bob, *nas, *web]"),
    );
    expect(await opensFor(place, web.secret, "team/common.yaml")).toBe(true);
    expect(await opensFor(place, web.secret, "team/nas.yaml")).toBe(false);
    // Nothing but the new recipient comes into the file.
    expect(await git(place, "diff", "--numstat", "team/common.yaml")).toMatch(/^\d+\t0\t/);
    expect(await git(place, "diff", "--name-only")).toBe(".sops.yaml\nteam/common.yaml\n");
  });

  it("rekey brings files to the policy, and says first what it will do", async () => {
    await using place = await repository();
    await place.put(
      ".sops.yaml",
      (await place.read(".sops.yaml")).toString().replace("[*alice, *nas]", "[*alice, *bob]"),
    );
    const plan = JSON.parse(await place.ok(["rekey", "--plan", "--json"])) as unknown;
    expect(plan).toMatchObject({
      written: false,
      files: [{ path: "team/nas.yaml", action: "rotate", gets: ["bob"], loses: ["nas"] }],
    });
    expect(await opensFor(place, nas.secret, "team/nas.yaml")).toBe(true);
    await place.ok(["rekey", "--yes"]);
    expect(await opensFor(place, nas.secret, "team/nas.yaml")).toBe(false);
    expect(await opensFor(place, bob.secret, "team/nas.yaml")).toBe(true);
    expect((await place.flurry(["check"])).exitCode).toBe(0);
  });

  it("revoke takes somebody out and lists what they know; audit still does later", async () => {
    await using place = await repository();
    await place.ok(["set", "team/common.yaml", "smb"], { stdin: "a much longer password" });
    await git(place, "commit", "-qam", "second");
    const shown = await place.ok(["revoke", "bob", "--dry-run"]);
    expect(shown).toContain("bob could read 2 values, and knows them whatever is rekeyed.");
    expect(shown).toMatch(/^\[ \] {2}team\/common\.yaml {2}smb {4}still in use/m);
    await place.ok(["revoke", "bob"]);
    expect(await opensFor(place, bob.secret, "team/common.yaml")).toBe(false);
    expect(await place.ok(["get", "team/common.yaml", "smb"])).toBe("a much longer password");
    expect((await place.read(".sops.yaml")).toString()).not.toContain("bob");
    await git(place, "commit", "-qam", "third");
    const audit = JSON.parse(await place.ok(["audit", "--json"])) as { formerReaders: unknown };
    expect(audit).toMatchObject({ ok: true, proven: ["team/common.yaml", "team/nas.yaml"], closed: [] });
    expect(audit.formerReaders).toMatchObject([{ exposure: [{ value: "smb" }, { value: "port" }] }]);
  });

  it("says what is not known", async () => {
    await using place = await repository();
    const code = async (...words: string[]): Promise<string> => {
      const { exitCode, stderr } = await place.flurry(words);
      return `${exitCode} ${/\[(\w+)\]/.exec(stderr)?.[1]}`;
    };
    expect(await code("why", "bbo", "team/nas.yaml")).toBe("1 FLURRY_POLICY_NAME_UNKNOWN");
    expect(await code("why", "bob", "team/nowhere.yaml")).toBe("100 FLURRY_SECRETS_FILE_NOT_FOUND");
    expect(await code("add-host", "web")).toBe("2 FLURRY_USAGE");
    expect(await code("add-host", "my web", "--key", bob.recipient, "--like", "nas")).toBe("2 FLURRY_USAGE");
    expect(await code("add-host", "nas", "--key", bob.recipient, "--file", "team/nas.yaml")).toBe(
      "1 FLURRY_POLICY_NAME_TAKEN",
    );
    expect(await code("revoke", "alice")).toBe("1 FLURRY_POLICY_EDIT_UNSAFE");
    expect(await code("rekey", "team/nowhere.yaml")).toBe("100 FLURRY_SECRETS_FILE_NOT_FOUND");
    expect(await code("rotate", "--yes", ".sops.yaml")).toBe("1 FLURRY_SOPS_NOT_ENCRYPTED");
  });
});
