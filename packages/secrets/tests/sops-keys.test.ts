import { join } from "node:path";

import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import { describe, expect, it } from "vitest";

import { parseRecipient } from "../src/age/recipient.ts";
import { parseSshPrivateKey, unlockSshPrivateKey } from "../src/age/ssh-private-key.ts";
import { sshIdentity } from "../src/age/ssh-stanzas.ts";
import { rotateSops, updateRecipients } from "../src/sops/change-recipients.ts";
import { changeValues } from "../src/sops/change-values.ts";
import { parseSops, plaintextOf, unlockSops } from "../src/sops/document.ts";
import { encryptSops } from "../src/sops/encrypt-document.ts";
import { ageOpener, ageWrapper } from "../src/sops/keys/age.ts";
import { pgpOpener, pgpWrapper } from "../src/sops/keys/pgp.ts";
import type { KeyOpener, KeyWrapper } from "../src/sops/master-key.ts";
import { sopsFormatOf } from "../src/sops/stores/stores.ts";
import { hasTool, tool } from "./real-tools.ts";
import { newest, releases, releasesFrom, workplace } from "./sops-programs.ts";
import type { Workplace } from "./sops-programs.ts";

const now = new Date("2026-03-04T05:06:07Z");
const plain = "a: secret\nb:\n    - one\n    - 2\n";
const other = await generateX25519Identity();
const otherWrapper = ageWrapper(await identityToRecipient(other));
/** The releases that know post-quantum keys; ssh keys since 3.10. */
const since312 = releasesFrom("sops-3.12.2");

/** Both directions, after each operation that concerns keys. */
async function roundTrip(
  place: Workplace,
  release: string,
  keys: { wrapper: KeyWrapper; opener: KeyOpener; flag: string },
) {
  const { wrapper, opener, flag } = keys;
  const open = async (name: string) =>
    unlockSops(parseSops(await place.read(name), { format: sopsFormatOf(name) }), [opener]);
  // Ours, read by them.
  await place.put("ours.yaml", await encryptSops(Buffer.from(plain), { format: "yaml", groups: [[wrapper]], now }));
  expect(await place.sops(release, "-d", "ours.yaml")).toBe(plain);
  // Theirs, read by us, keyed to one more and back, changed and rotated.
  await place.put("theirs.yaml", plain);
  await place.put("theirs.yaml", await place.sops(release, "-e", flag, wrapper.id, "theirs.yaml"));
  const theirs = await open("theirs.yaml");
  expect(Buffer.from(plaintextOf(theirs)).toString()).toBe(plain);
  const enc = theirs.file.metadata.groups[0]?.[0]?.enc ?? "";
  await place.put("theirs.yaml", await updateRecipients(theirs, { groups: [[wrapper, otherWrapper]], now }));
  expect(await place.sops(release, "-d", "theirs.yaml")).toBe(plain);
  const both = await open("theirs.yaml");
  expect(both.file.metadata.groups[0]?.find((key) => key.id === wrapper.id)?.enc).toBe(enc);
  await place.put("theirs.yaml", changeValues(both, [{ kind: "set", path: ["a"], value: "new" }], { now }));
  expect(await place.sops(release, "-d", "theirs.yaml")).toBe(plain.replace("secret", "new"));
  await place.put("theirs.yaml", await rotateSops(await open("theirs.yaml"), { groups: [[wrapper]], now }));
  expect(await place.sops(release, "-d", "theirs.yaml")).toBe(plain.replace("secret", "new"));
  // And what they make of that.
  await place.sops(release, "-r", "-i", "theirs.yaml");
  expect(Buffer.from(plaintextOf(await open("theirs.yaml"))).toString()).toBe(plain.replace("secret", "new"));
}

it.each(releases)("%s and we read each other's files for an X25519 key", async (release) => {
  expect.hasAssertions();
  const identity = await generateX25519Identity();
  await using place = await workplace([identity]);
  const wrapper = ageWrapper(await identityToRecipient(identity));
  await roundTrip(place, release, { wrapper, opener: ageOpener([identity]), flag: "--age" });
});

it.each(since312)("%s and we read each other's files for a post-quantum key", async (release) => {
  expect.hasAssertions();
  const identity = await generateHybridIdentity();
  await using place = await workplace([identity]);
  const wrapper = ageWrapper(await identityToRecipient(identity));
  await roundTrip(place, release, { wrapper, opener: ageOpener([identity]), flag: "--age" });
});

describe.each(["ed25519", "rsa"])("an ssh-%s key", (type) => {
  it.each(since312)("%s and we read each other's files", async (release) => {
    expect.hasAssertions();
    await using dir = await workplace([]);
    const path = join(dir.path, "id");
    await tool("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "me at home", "-f", path]);
    await using place = await workplace([other], { SOPS_AGE_SSH_PRIVATE_KEY_FILE: path });
    const key = await unlockSshPrivateKey(parseSshPrivateKey((await dir.read("id")).toString()));
    const text = (await dir.read("id.pub")).toString().trim();
    const wrapper = ageWrapper(text, { resolve: (line) => parseRecipient(line).recipient });
    await roundTrip(place, release, { wrapper, opener: ageOpener([sshIdentity(key)]), flag: "--age" });
  });
});

describe.runIf(hasTool("gpg"))("a PGP key", () => {
  it.each(releases)("%s and we read each other's files", async (release) => {
    expect.hasAssertions();
    await using dir = await workplace([]);
    const env = { GNUPGHOME: dir.path, HOME: dir.path };
    const gpg = (...args: string[]) => tool("gpg", ["--batch", "--quiet", ...args], { env });
    try {
      await gpg(
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
        "--quick-gen-key",
        "me@example.org",
        "rsa2048",
        "sign",
      );
      const listed = await gpg("--list-keys", "--with-colons");
      const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? "";
      await gpg(
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
        "--quick-add-key",
        fingerprint,
        "rsa2048",
        "encrypt",
      );
      const publicKey = await gpg("--armor", "--export", fingerprint);
      const armored = await gpg("--armor", "--export-secret-keys", fingerprint);
      await using place = await workplace([other], { GNUPGHOME: dir.path });
      const wrapper = await pgpWrapper(publicKey, fingerprint);
      await roundTrip(place, release, { wrapper, opener: await pgpOpener([{ armored }]), flag: "--pgp" });
    } finally {
      await tool("gpgconf", ["--kill", "all"], { env });
    }
  });
});

describe("key groups", () => {
  it.each(releases)("in each format, %s and we", async (release) => {
    const identities = [await generateX25519Identity(), await generateX25519Identity()];
    const groups = await Promise.all(
      identities.map(async (identity) => [ageWrapper(await identityToRecipient(identity))]),
    );
    await using place = await workplace(identities);
    const config = {
      creation_rules: [{ shamir_threshold: 2, key_groups: groups.map(([key]) => ({ age: [key?.id] })) }],
    };
    await place.put(".sops.yaml", JSON.stringify(config));
    for (const [name, text] of [
      ["x.json", '{\n\t"a": "secret"\n}'],
      ["x.env", "A=secret\n"],
      ["x.ini", "[s]\na = secret\n"],
      ["x.bin", "secret"],
    ] as const) {
      const format = sopsFormatOf(name);
      const open = async () => unlockSops(parseSops(await place.read(name), { format }), [ageOpener(identities)]);
      await place.put(name, await encryptSops(Buffer.from(text), { format, groups, threshold: 2, now }));
      expect(await place.sops(release, "-d", name)).toContain("secret");
      // Releases up to 3.10 panic when they write a threshold into dotenv, and write one into INI that none of them reads.
      if (format !== "dotenv" || since312.includes(release)) await place.sops(release, "-r", "-i", name);
      await place.put(name, await rotateSops(await open(), { groups, threshold: 2, now }));
      expect(await place.sops(release, "-d", name)).toContain("secret");
      expect(Buffer.from(plaintextOf(await open())).toString()).toContain("secret");
    }
  });

  it.each(releases)("two of three, %s and we", async (release) => {
    const identities = [await generateX25519Identity(), await generateX25519Identity(), await generateX25519Identity()];
    const recipients = await Promise.all(identities.map(identityToRecipient));
    const wrappers = recipients.map((text) => ageWrapper(text));
    const groups = wrappers.map((wrapper) => [wrapper]);
    for (const known of [identities.slice(0, 2), identities.slice(1), [identities[0] ?? "", identities[2] ?? ""]]) {
      await using place = await workplace(known);
      const config = {
        creation_rules: [{ shamir_threshold: 2, key_groups: recipients.map((text) => ({ age: [text] })) }],
      };
      await place.put(".sops.yaml", JSON.stringify(config));
      const openers = [ageOpener(known)];
      await place.put(
        "ours.yaml",
        await encryptSops(Buffer.from(plain), { format: "yaml", groups, threshold: 2, now }),
      );
      expect(await place.sops(release, "-d", "ours.yaml")).toBe(plain);
      await place.put("theirs.yaml", plain);
      await place.put("theirs.yaml", await place.sops(release, "-e", "theirs.yaml"));
      const theirs = await unlockSops(parseSops(await place.read("theirs.yaml"), { format: "yaml" }), openers);
      expect(Buffer.from(plaintextOf(theirs)).toString()).toBe(plain);
      await place.put("theirs.yaml", await rotateSops(theirs, { groups, threshold: 2, now }));
      expect(await place.sops(release, "-d", "theirs.yaml")).toBe(plain);
      // To one group and to other groups.
      const single = await updateRecipients(theirs, {
        groups: [[wrappers[0] ?? otherWrapper, wrappers[1] ?? otherWrapper]],
        now,
      });
      await place.put("single.yaml", single);
      expect(await place.sops(release, "-d", "single.yaml")).toBe(plain);
    }
  });

  it("are refused with too few keys, and without a threshold", async () => {
    const identities = [await generateX25519Identity(), await generateX25519Identity()];
    const groups = await Promise.all(
      identities.map(async (identity) => [ageWrapper(await identityToRecipient(identity))]),
    );
    const bytes = await encryptSops(Buffer.from(plain), { format: "yaml", groups, threshold: 2, now });
    const file = parseSops(bytes, { format: "yaml" });
    await expect(unlockSops(file, [ageOpener(identities.slice(1))])).rejects.toMatchObject({
      code: "FLURRY_SOPS_NO_KEY",
    });
    const accident = encryptSops(Buffer.from(plain), { format: "yaml", groups, now });
    await expect(accident).rejects.toMatchObject({ code: "FLURRY_SOPS_SHAMIR_INVALID" });
  });
});

it.each(releases)("what %s makes of our file with updatekeys is read by us", async (release) => {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  await using place = await workplace([identity]);
  const bytes = await encryptSops(Buffer.from(plain), { format: "yaml", groups: [[ageWrapper(recipient)]], now });
  await place.put("x.yaml", bytes);
  await place.put(".sops.yaml", JSON.stringify({ creation_rules: [{ age: `${recipient},${otherWrapper.id}` }] }));
  await place.sops(release, "updatekeys", "-y", "x.yaml");
  const file = parseSops(await place.read("x.yaml"), { format: "yaml" });
  expect(file.metadata.groups[0]?.length).toBe(2);
  expect(Buffer.from(plaintextOf(await unlockSops(file, [ageOpener([other])]))).toString()).toBe(plain);
});

it("keeps the keys of clouds as they are and says so when a new data key would need them", async () => {
  const identity = await generateX25519Identity();
  const wrapper = ageWrapper(await identityToRecipient(identity));
  await using place = await workplace([identity]);
  const bytes = await encryptSops(Buffer.from(plain), { format: "yaml", groups: [[wrapper]], now });
  const kms = `    kms:
        - arn: arn:aws:kms:us-east-1:1:key/x
          created_at: "2026-01-01T00:00:00Z"
          enc: AQIC+/x==
          aws_profile: ""
          context:
            a: b
    hc_vault:
        - vault_address: https://vault:8200
          engine_path: transit
          key_name: k
          created_at: "2026-01-01T00:00:00Z"
          enc: vault:v1:abc
`;
  const withCloud = bytes.toString().replace("sops:\n", `sops:\n${kms}`);
  const unlocked = await unlockSops(parseSops(Buffer.from(withCloud), { format: "yaml" }), [ageOpener([identity])]);
  const changed = changeValues(unlocked, [{ kind: "set", path: ["a"], value: "new" }], { now });
  expect(Buffer.from(changed).toString()).toContain(kms);
  const added = await updateRecipients(unlocked, { groups: [[wrapper, otherWrapper]], now });
  expect(Buffer.from(added).toString()).toContain(kms);
  await place.put("x.yaml", added);
  expect(await place.sops(newest, "-d", "x.yaml")).toBe(plain);
  await expect(rotateSops(unlocked, { groups: [[wrapper]], now })).rejects.toMatchObject({
    code: "FLURRY_SOPS_NOT_REWRAPPABLE",
  });
});
