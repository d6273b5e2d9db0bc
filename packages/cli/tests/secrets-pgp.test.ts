import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { gpgHome } from "./support/gpg-home.ts";
import type { GpgHome } from "./support/gpg-home.ts";
import { hasTool, secretsPlace } from "./support/secrets-place.ts";
import type { SecretsPlace } from "./support/secrets-place.ts";

const file = "team/app.yaml";
const plain = "# of the app\nport: 80\npassword: hunter2\n";

/** Nobody's age keys: what opens is opened by gpg. */
const noAge = { HOME: "/nonexistent" };
/** Nobody's PGP keys: what opens is opened by age. */
const noPgp = { GNUPGHOME: "/nonexistent" };

interface Pgp {
  readonly place: SecretsPlace;
  readonly alice: GpgHome;
  readonly fingerprint: string;
  readonly withPgp: Record<string, string>;
}

/** A file that sops wrote for the PGP key of alice and an age key, and the rule that says so. */
async function team(place: SecretsPlace, alice: GpgHome, passphrase = ""): Promise<Pgp> {
  const fingerprint = await alice.key("alice", { passphrase });
  const withPgp = { ...noAge, GNUPGHOME: alice.path };
  await place.put(".sops.yaml", rule(place, fingerprint));
  await mkdir(join(place.path, "team"));
  await place.put(file, plain);
  await sops(place, ["-e", "-i", file], withPgp);
  return { place, alice, fingerprint, withPgp };
}

function rule({ recipient }: SecretsPlace, ...fingerprints: readonly string[]): string {
  return `creation_rules:\n  - path_regex: ^team/\n    pgp: ${fingerprints.join(",")}\n    age: ${recipient}\n`;
}

async function sops(place: SecretsPlace, args: readonly string[], env: Record<string, string>): Promise<string> {
  const { exitCode, stdout, stderr } = await place.run("sops", args, { env });
  if (exitCode !== 0) throw new Error(`sops ${args.join(" ")} ended with ${exitCode}: ${stderr}`);
  return stdout;
}

/** What Flurry and sops read of the file, with the PGP key and with the age key: one and the same. */
async function agreed({ place, withPgp }: Pgp): Promise<string> {
  const read = await place.ok(["get", file], { env: withPgp });
  expect(await place.ok(["get", file], { env: noPgp })).toBe(read);
  expect(await sops(place, ["-d", file], withPgp)).toBe(read);
  expect(await sops(place, ["-d", file], noPgp)).toBe(read);
  return read;
}

const wrappedFor = async (place: SecretsPlace, fingerprint: string): Promise<string> =>
  new RegExp(`(-----BEGIN PGP MESSAGE(?:(?!-----BEGIN)[^])*?)fp: ${fingerprint}`).exec(
    (await place.read(file)).toString(),
  )?.[1] ?? "";

describe.runIf(hasTool("sops") && hasTool("gpg"))("a file of sops for PGP and age keys", () => {
  it("is opened, changed, keyed for another PGP key and given a new data key, through gpg alone", async () => {
    await using place = await secretsPlace();
    await using alice = await gpgHome();
    await using bob = await gpgHome();
    const pgp = await team(place, alice);
    const { fingerprint, withPgp } = pgp;
    expect(await agreed(pgp)).toBe(plain);

    await place.ok(["set", file, "password"], { stdin: "correct horse", env: withPgp });
    const changed = plain.replace("hunter2", "correct horse");
    expect(await agreed(pgp)).toBe(changed);

    const other = await bob.key("bob");
    const env = { ...noAge, GNUPGHOME: bob.path };
    await place.put(".sops.yaml", rule(place, fingerprint, other));
    const unknown = await place.flurry(["rekey", "--yes"], { env: withPgp });
    expect(unknown.exitCode).not.toBe(0);
    expect(unknown.stderr).toContain(`gpg cannot encrypt to ${other}`);
    expect(unknown.stderr).toContain("gpg --import");
    await alice.learn(other, bob);
    const own = await wrappedFor(place, fingerprint);
    expect(own).toContain("BEGIN PGP MESSAGE");
    await place.ok(["rekey", "--yes"], { env: withPgp });
    expect(await wrappedFor(place, fingerprint)).toBe(own);
    expect(await agreed(pgp)).toBe(changed);
    expect(await sops(place, ["-d", file], env)).toBe(changed);
    expect(await place.ok(["get", file, "password"], { env })).toBe("correct horse");
    expect((await place.flurry(["check", "--strict"], { env: withPgp })).exitCode).toBe(0);

    await place.ok(["rotate", "--yes"], { env: withPgp });
    expect(await wrappedFor(place, fingerprint)).not.toBe(own);
    expect(await agreed(pgp)).toBe(changed);
    expect(await sops(place, ["-d", file], env)).toBe(changed);

    // Who loses access has no part in the new data key.
    await place.put(".sops.yaml", rule(place, fingerprint));
    await place.ok(["rekey", "--yes"], { env: withPgp });
    expect(await agreed(pgp)).toBe(changed);
    expect((await place.run("sops", ["-d", file], { env })).exitCode).not.toBe(0);
    expect(await place.flurry(["get", file], { env })).toMatchObject({
      exitCode: 128,
      stderr: expect.stringContaining("FLURRY_SOPS_NO_KEY"),
    });

    // And sops goes on with what Flurry wrote.
    await sops(place, ["-r", "-i", file], withPgp);
    expect(await agreed(pgp)).toBe(changed);
  }, 400_000);

  it("a new file is encrypted for the PGP keys that the rule or --pgp names", async () => {
    await using place = await secretsPlace();
    await using alice = await gpgHome();
    const { fingerprint, withPgp } = await team(place, alice);
    await place.ok(["set", "team/new.json", "a"], { stdin: "x", env: withPgp });
    expect(JSON.parse(await sops(place, ["-d", "team/new.json"], withPgp))).toEqual({ a: "x" });
    expect(JSON.parse(await sops(place, ["-d", "team/new.json"], noPgp))).toEqual({ a: "x" });
    await place.ok(["set", "other.env", "A", "--pgp", fingerprint], { stdin: "y", env: withPgp });
    expect(await sops(place, ["-d", "other.env"], withPgp)).toBe("A=y\n");
    await place.ok(["set", "third.env", "A"], { stdin: "z", env: { ...withPgp, SOPS_PGP_FP: fingerprint } });
    expect(await sops(place, ["-d", "third.env"], withPgp)).toBe("A=z\n");
  });

  it("with key groups a PGP and an age key are needed together", async () => {
    await using place = await secretsPlace();
    await using alice = await gpgHome();
    const fingerprint = await alice.key("alice");
    const groups = `[{ pgp: [${fingerprint}] }, { age: [${place.recipient}] }]`;
    await place.put(".sops.yaml", `creation_rules:\n  - key_groups: ${groups}\n    shamir_threshold: 2\n`);
    await place.put("both.yaml", plain);
    const withPgp = { GNUPGHOME: alice.path };
    await sops(place, ["-e", "-i", "both.yaml"], withPgp);
    expect(await place.ok(["get", "both.yaml", "password"], { env: withPgp })).toBe("hunter2");
    for (const env of [noPgp, { ...noAge, ...withPgp }])
      expect(await place.flurry(["get", "both.yaml"], { env })).toMatchObject({
        exitCode: 128,
        stderr: expect.stringContaining("needs keys of 2 of its 2 groups, and there are keys of 1"),
      });
    await place.ok(["rotate", "--yes", "both.yaml"], { env: withPgp });
    expect(await sops(place, ["-d", "both.yaml"], withPgp)).toBe(plain);
  });

  it("a key that is not there and one that stays locked are told apart, in any language", async () => {
    await using place = await secretsPlace();
    await using alice = await gpgHome();
    await using nobody = await gpgHome();
    const { fingerprint } = await team(place, alice, "open sesame");
    const env = { ...noAge, LC_ALL: "de_DE.UTF-8", LANGUAGE: "de" };

    const missing = await place.flurry(["get", file], { env: { ...env, GNUPGHOME: nobody.path } });
    expect(missing).toMatchObject({ exitCode: 128, stdout: "" });
    expect(missing.stderr).toContain("error[FLURRY_SOPS_NO_KEY]");
    expect(missing.stderr).toContain(`pgp ${fingerprint}`);

    // The agent forgets the passphrase of the new key, and there is no terminal to ask for it at.
    await alice.endAgent();
    const locked = await place.flurry(["get", file], { env: { ...env, GNUPGHOME: alice.path } });
    expect(locked).toMatchObject({ exitCode: 128, stdout: "" });
    expect(locked.stderr).toContain("error[FLURRY_SOPS_KEY_LOCKED]");
    expect(locked.stderr).toContain(fingerprint);
    expect(locked.stderr).toContain("GPG_TTY");

    // Another key opens the file all the same, and a passphrase that gpg gets opens it too.
    expect(await place.ok(["get", file], { env: { GNUPGHOME: alice.path } })).toBe(plain);
    await place.put("gpg", `#!/bin/sh\nexec gpg --pinentry-mode loopback --passphrase "open sesame" "$@"\n`);
    await place.run("chmod", ["700", "gpg"]);
    const wrapper = { ...env, GNUPGHOME: alice.path, SOPS_GPG_EXEC: join(place.path, "gpg") };
    expect(await place.ok(["get", file], { env: wrapper })).toBe(plain);
  });

  it("SOPS_DECRYPTION_ORDER says which kind of key is tried first", async () => {
    await using place = await secretsPlace();
    await using alice = await gpgHome();
    await team(place, alice);
    await place.put("gpg", `#!/bin/sh\necho asked >> asked\nexec gpg "$@"\n`);
    await place.run("chmod", ["700", "gpg"]);
    const env = { GNUPGHOME: alice.path, SOPS_GPG_EXEC: join(place.path, "gpg") };
    for (const [order, asked] of [
      ["", ""],
      ["age,pgp", ""],
      ["pgp,age", "asked\n"],
      ["pgp", "asked\n"],
    ] as const) {
      await place.put("asked", "");
      expect(await place.ok(["get", file], { env: { ...env, SOPS_DECRYPTION_ORDER: order } })).toBe(plain);
      expect((await place.read("asked")).toString()).toBe(asked);
      await place.put("asked", "");
      await sops(place, ["-d", file], { ...env, SOPS_DECRYPTION_ORDER: order });
      expect((await place.read("asked")).toString()).toBe(asked);
    }
    expect(await place.flurry(["get", file], { env: { ...env, SOPS_DECRYPTION_ORDER: "gpg" } })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('unknown kind of key "gpg"'),
    });
  });

  it("a wrapped key that somebody damaged is called damaged", async () => {
    await using place = await secretsPlace();
    await using alice = await gpgHome();
    const { withPgp } = await team(place, alice);
    const text = (await place.read(file)).toString();
    await place.put(file, text.replace(/(BEGIN PGP MESSAGE-----\n\s*\n\s*\S{20})\S{6}/, "$1AAAAAA"));
    const damaged = await place.flurry(["get", file], { env: withPgp });
    expect(damaged).toMatchObject({ exitCode: 128, stdout: "" });
    expect(damaged.stderr).toMatch(/error\[FLURRY_SOPS_(?:KEY_DAMAGED|NO_KEY)\]/);
    expect(await place.ok(["get", file], { env: noPgp })).toBe(plain);
  });
});
