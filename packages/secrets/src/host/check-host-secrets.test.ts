import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { sshToAgeRecipient } from "../age/ssh-to-age.ts";
import { encryptSops } from "../sops/encrypt-document.ts";
import { ageWrapper } from "../sops/keys/age.ts";
import type { SopsFormat } from "../sops/stores/store.ts";
import { checkHostSecrets } from "./check-host-secrets.ts";
import type { HostSecretProblem, HostSecrets, SecretContent, SopsNixSecret, SopsNixSecrets } from "./host-secrets.ts";

const vector = (path: string): string =>
  readFileSync(new URL(`../../../../fixtures/vectors/age/${path}`, import.meta.url), "utf8");
const nasKey = vector("agenix/keys/system1.pub").trim();
const aliceKey = vector("agenix/keys/user1.pub").trim();
const rsaKey = vector("keys/rsa.pub").trim();
const [nas, alice] = [sshToAgeRecipient(nasKey), sshToAgeRecipient(aliceKey)];

async function sops(plain: string, groups: readonly (readonly string[])[], format: SopsFormat = "yaml") {
  return await encryptSops(Buffer.from(plain), {
    format,
    groups: groups.map((group) => group.map((key) => ageWrapper(key))),
    ...(groups.length > 1 ? { threshold: 2 } : {}),
    now: new Date("2026-01-01T00:00:00Z"),
  });
}

type Files = Readonly<Record<string, string | Uint8Array | SecretContent>>;

async function check(
  declared: HostSecrets,
  files: Files,
  hostKeys: readonly string[] = [nasKey],
): Promise<readonly HostSecretProblem[]> {
  const read = async (file: string): Promise<SecretContent> => {
    const found = files[file];
    if (found === undefined) return { kind: "absent" };
    if (typeof found === "string") return { kind: "content", bytes: Buffer.from(found) };
    return found instanceof Uint8Array ? { kind: "content", bytes: found } : found;
  };
  return await checkHostSecrets(declared, { host: "nas", hostKeys, read });
}

function declare(secrets: readonly Partial<SopsNixSecret>[], more: Partial<SopsNixSecrets> = {}): HostSecrets {
  const whole = secrets.map((one) => {
    const name = one.name ?? one.key ?? "token";
    return { name, key: name, file: "secrets/nas.yaml", format: "yaml" as const, ...one };
  });
  const sshKeyPaths = ["/etc/ssh/ssh_host_ed25519_key"];
  return { sops: { secrets: whole, sshKeyPaths, hasAgeKeyFile: false, hasPgp: false, ...more } };
}

const kinds = (problems: readonly HostSecretProblem[]): readonly string[] => problems.map(({ kind }) => kind);
const plain = "smb:\n  password: x\n  users:\n    - a\ntoken: y\n";

describe("checkHostSecrets, sops-nix", () => {
  it("has nothing to say when all is there, asked for in any way", async () => {
    const files = { "secrets/nas.yaml": await sops(plain, [[alice, nas]]) };
    expect(await check(declare([{ key: "smb/password" }, { key: "token" }, { name: "all", key: "" }]), files)).toEqual(
      [],
    );
  });

  it("names keys that are missing, what was meant, and how to set them", async () => {
    const files = { "secrets/nas.yaml": await sops(plain, [[alice, nas]]) };
    const found = await check(
      declare([
        { key: "smb/pasword" },
        { name: "other", key: "smb/pasword" },
        { key: "a b/c" },
        { key: "token/x" },
        { key: "smb/users" },
      ]),
      files,
    );
    expect(found).toMatchObject([
      {
        kind: "key-missing",
        file: "secrets/nas.yaml",
        key: "smb/pasword",
        secrets: ["smb/pasword", "other"],
        message: "secrets/nas.yaml has no key smb/pasword",
        hint: "did you mean smb/password? Else: flurry secrets set secrets/nas.yaml smb.pasword",
      },
      { key: "a b/c", hint: `flurry secrets set secrets/nas.yaml '["a b"]["c"]'` },
      { key: "token/x", message: "secrets/nas.yaml has no key token/x" },
      { key: "smb/users", message: "the key smb/users of secrets/nas.yaml is a list, and no single value" },
    ]);
  });

  it("takes formats without maps, and binary files, as a whole", async () => {
    const files = {
      "a.env": await sops("TOKEN=x\n", [[nas]], "dotenv"),
      "a.bin": await sops("x", [[nas]], "binary"),
    };
    const secrets = declare([
      { name: "env", file: "a.env", format: "dotenv" },
      { name: "bin", file: "a.bin", format: "binary" },
    ]);
    expect(await check(secrets, files)).toEqual([]);
  });

  it.each([
    ["an absent file", undefined, "file-missing"],
    ["a file in clear", plain, "not-encrypted"],
    ["a damaged file", "a: [", "unreadable"],
  ])("tells %s", async (_, content, kind) => {
    const found = await check(declare([{}]), content === undefined ? {} : { "secrets/nas.yaml": content });
    expect(found).toMatchObject([{ kind, file: "secrets/nas.yaml", secrets: ["token"] }]);
  });

  it("leaves files alone that cannot be looked at", async () => {
    expect(await check(declare([{}]), { "secrets/nas.yaml": { kind: "elsewhere" } })).toEqual([]);
  });

  it("tells a file that the host's key does not open", async () => {
    const files = { "secrets/nas.yaml": await sops(plain, [[alice]]) };
    const [found] = await check(declare([{}]), files);
    expect(found).toMatchObject({
      kind: "not-for-host",
      message: "secrets/nas.yaml is not encrypted for the pinned host key of nas",
      hint: expect.stringContaining("flurry secrets rekey secrets/nas.yaml"),
    });
  });

  it.each<[string, Partial<SopsNixSecrets>, readonly string[]]>([
    ["nobody knows the host's key", {}, []],
    ["only its RSA key is known", {}, [rsaKey]],
    ["it has another key of age", { hasAgeKeyFile: true }, [nasKey]],
    ["it opens files with another ssh key", { sshKeyPaths: ["/root/.ssh/id_ed25519"] }, [nasKey]],
    ["it has no key that is known", { sshKeyPaths: [] }, [nasKey]],
  ])("does not judge when %s", async (_, more, hostKeys) => {
    const files = { "secrets/nas.yaml": await sops(plain, [[alice]]) };
    expect(await check(declare([{}], more), files, hostKeys)).toEqual([]);
  });

  it("counts key groups", async () => {
    const both = await sops(plain, [[alice, nas], [nas]]);
    const one = await sops(plain, [[alice], [nas]]);
    expect(kinds(await check(declare([{}]), { "secrets/nas.yaml": both }))).toEqual([]);
    expect(kinds(await check(declare([{}]), { "secrets/nas.yaml": one }))).toEqual(["not-for-host"]);
  });

  it("knows that sops-nix does not take files for the ssh key itself", async () => {
    const file = Buffer.from(await sops("token: y\n", [[alice]])).toString();
    const files = { "secrets/nas.yaml": file.replace(alice, nasKey) };
    expect(kinds(await check(declare([{}]), files))).toEqual(["not-for-host"]);
  });
});

describe("checkHostSecrets, agenix", () => {
  const identityPaths = ["/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ed25519_key"];
  const age = (file: string, paths: readonly string[] = identityPaths): HostSecrets => ({
    age: { secrets: [{ name: "token", file }], identityPaths: paths },
  });
  const files = {
    "both.age": vector("agenix/secret1.age"),
    "alice.age": vector("agenix/secret2.age"),
    "armored.age": vector("agenix/armored-secret.age"),
    "rsa.age": readFileSync(new URL("../../../../fixtures/vectors/age/files/rsa-1.3.2.age", import.meta.url)),
    "x25519.age": readFileSync(new URL("../../../../fixtures/vectors/age/files/x25519-1.3.2.age", import.meta.url)),
    "clear.age": "hunter2",
  };

  it.each([
    ["alice.age", aliceKey, []],
    ["armored.age", aliceKey, []],
    ["alice.age", nasKey, ["not-for-host"]],
    ["armored.age", nasKey, ["not-for-host"]],
    ["x25519.age", nasKey, ["not-for-host"]],
    // The host may have an RSA key that nobody pinned.
    ["rsa.age", nasKey, []],
    ["rsa.age", rsaKey, []],
    ["clear.age", nasKey, ["not-encrypted"]],
    ["nowhere.age", nasKey, ["file-missing"]],
  ])("%s with %s", async (file, key, expected) => {
    expect(kinds(await check(age(file), { ...files }, [key]))).toEqual(expected);
  });

  it("opens files for several keys", async () => {
    for (const key of [nasKey, aliceKey]) expect(await check(age("both.age"), files, [key])).toEqual([]);
  });

  it("does not judge hosts with identities of their own", async () => {
    expect(await check(age("alice.age", ["/persist/agenix.txt"]), files)).toEqual([]);
    expect(await check(age("alice.age"), files, [])).toEqual([]);
  });
});
