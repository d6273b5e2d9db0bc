import { access, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { hasTool, secretsPlace } from "./support/secrets-place.ts";
import type { SecretsPlace } from "./support/secrets-place.ts";

/** A folder as agenix has it: keys in a file of their own, rules that are computed from them. */
interface Agenix extends AsyncDisposable {
  readonly place: SecretsPlace;
  /** The private key files, absolute. */
  readonly keys: Readonly<Record<"alice" | "bob" | "nas" | "web", string>>;
  /** The variables that Nix needs where it is not set up, and nothing of anybody's keys. */
  readonly nix: Record<string, string>;
  /** The same with the SSH key of alice where agenix looks for it. */
  readonly asAlice: Record<string, string>;
  replaceInRules(from: string, to: string): Promise<void>;
}

const rules = `# who may read what
let
  keys = import ./keys.nix;
  users = [ keys.alice keys.bob ];
  # What belongs to the whole team.
  shared = systems: { publicKeys = users ++ systems; };
  tokens = builtins.listToAttrs (map (name: {
    name = "tokens/\${name}.age";
    value = { publicKeys = [ keys.alice ]; armor = true; };
  }) [ "github" "backup" ]);
in
{
  "wifi.age" = shared [ keys.nas ];
}
// tokens
`;

async function agenix(): Promise<Agenix> {
  const place = await secretsPlace();
  const home = place.env["HOME"] ?? "";
  await mkdir(join(home, ".ssh"));
  const names = ["alice", "bob", "nas", "web"] as const;
  const paths = names.map((name) => join(home, name === "alice" ? ".ssh/id_ed25519" : name));
  const lines: string[] = [];
  for (const [index, name] of names.entries()) {
    const path = paths[index] ?? "";
    const made = await place.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", `${name}@home`, "-f", path]);
    expect(made.exitCode).toBe(0);
    lines.push(`  ${name} = "${(await readFile(`${path}.pub`, "utf8")).trim()}";\n`);
  }
  await place.put("keys.nix", `{\n${lines.join("")}}\n`);
  await place.put("secrets.nix", rules);
  await mkdir(join(place.path, "tokens"));
  // What secretsPlace has for sops is not wanted here.
  await place.run("rm", [".sops.yaml"]);
  const store = join(place.path, "../store");
  const asAlice = { NIX_CONFIG: "substituters =\nbuild-users-group =", NIX_REMOTE: `local?root=${store}` };
  const [alice = "", bob = "", nas = "", web = ""] = paths;
  return {
    place,
    keys: { alice, bob, nas, web },
    asAlice,
    nix: { ...asAlice, HOME: "/nonexistent" },
    replaceInRules: async (from, to) => {
      const before = (await place.read("secrets.nix")).toString();
      expect(before).toContain(from);
      await place.put("secrets.nix", before.replace(from, to));
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

/** What age makes of a file with a private key; undefined where it does not open it. */
async function age({ place }: Agenix, key: string, name: string): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await place.run("age", ["-d", "-i", key, name]);
  if (exitCode !== 0 && !stderr.includes("no identity matched")) throw new Error(stderr);
  return exitCode === 0 ? stdout : undefined;
}

async function written(at: Agenix): Promise<void> {
  await at.place.ok(["set", "wifi.age"], { stdin: "psk", env: at.asAlice });
  await at.place.ok(["set", "tokens/github.age"], { stdin: "ghp", env: at.asAlice });
  await at.place.ok(["set", "tokens/backup.age"], { stdin: "s3", env: at.asAlice });
}

describe.runIf(hasTool("age") && hasTool("nix-instantiate"))("a secrets.nix that Nix evaluates", () => {
  it("says for whom a new file is, and age reads it with the keys of just these", async () => {
    await using at = await agenix();
    await written(at);
    const { alice, bob, nas, web } = at.keys;
    for (const key of [alice, bob, nas]) expect(await age(at, key, "wifi.age")).toBe("psk");
    expect(await age(at, web, "wifi.age")).toBeUndefined();
    expect(await age(at, alice, "tokens/github.age")).toBe("ghp");
    expect(await age(at, bob, "tokens/github.age")).toBeUndefined();
    expect((await at.place.read("tokens/github.age")).toString()).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    expect((await at.place.read("wifi.age")).toString()).toMatch(/^age-encryption/);
    expect(await at.place.ok(["get", "wifi.age"], { env: at.asAlice })).toBe("psk");
    // What age itself wrote, in the place of ours.
    await at.place.put("plain", "from age");
    await at.place.run("age", ["-R", `${alice}.pub`, "-a", "-o", "tokens/backup.age", "plain"]);
    expect(await at.place.ok(["get", "tokens/backup.age"], { env: at.asAlice })).toBe("from age");
  });

  it("matrix, check and why need no key", async () => {
    await using at = await agenix();
    await written(at);
    const { place, nix: env } = at;
    const csv = (await place.ok(["matrix", "--csv"], { env })).split("\r\n");
    const header = csv[0]?.split(",") ?? [];
    expect(header).toHaveLength(4);
    const reads = (file: string): number =>
      csv
        .find((line) => line.startsWith(`${file},`))
        ?.split(",")
        .filter((cell) => cell === "reads").length ?? -1;
    expect([reads("wifi.age"), reads("tokens/github.age"), reads("tokens/backup.age")]).toEqual([3, 1, 1]);
    // Names come from the keys where the rules get theirs from.
    expect(header.slice(1).toSorted()).toEqual(["alice@home", "bob@home", "nas@home"]);
    expect(await place.flurry(["check", "--strict"], { env })).toMatchObject({ exitCode: 0 });
    expect(await place.ok(["why", "bob@home", "tokens/github.age"], { env })).toContain("bob@home cannot read");

    await place.put("plain", "x");
    await place.run("age", ["-R", `${at.keys.web}.pub`, "-R", `${at.keys.alice}.pub`, "-o", "wifi.age", "plain"]);
    const found = await place.flurry(["check", "--json"], { env });
    expect(found.exitCode).toBe(1);
    const { findings } = JSON.parse(found.stdout) as { findings: { code: string; place: { file: string } }[] };
    expect(findings.map(({ place: { file } }) => file)).toContain("wifi.age");
  });

  it("rekey writes the files that drifted and no others, and age reads them with the new keys", async () => {
    await using at = await agenix();
    await written(at);
    const { place, keys } = at;
    const before = await place.read("tokens/github.age");
    await at.replaceInRules("shared [ keys.nas ]", "shared [ keys.web ]");
    const env = at.asAlice;
    const plan = JSON.parse(await place.ok(["rekey", "--plan", "--json"], { env: at.nix })) as unknown;
    expect(plan).toMatchObject({ written: false, files: [{ path: "wifi.age", gets: ["web@home"] }] });
    expect(await age(at, keys.web, "wifi.age")).toBeUndefined();
    await place.ok(["rekey", "--yes"], { env });
    for (const key of [keys.alice, keys.bob, keys.web]) expect(await age(at, key, "wifi.age")).toBe("psk");
    expect(await age(at, keys.nas, "wifi.age")).toBeUndefined();
    expect(await place.read("tokens/github.age")).toEqual(before);
    expect((await place.flurry(["check", "--strict"], { env: at.nix })).exitCode).toBe(0);
    // Nobody else's key does it, and nothing is written then.
    await at.replaceInRules("shared [ keys.web ]", "shared [ ]");
    const now = await place.read("wifi.age");
    expect((await place.flurry(["rekey", "--yes"], { env: at.nix })).exitCode).not.toBe(0);
    expect(await place.read("wifi.age")).toEqual(now);
  });

  it("edit keeps the form of a file and who reads it", async () => {
    await using at = await agenix();
    await written(at);
    const { place, asAlice, keys } = at;
    await place.ok(["edit", "tokens/github.age"], { env: { ...asAlice, EDITOR: "sed -i s/ghp/github_pat/" } });
    expect(await age(at, keys.alice, "tokens/github.age")).toBe("github_pat");
    expect(await age(at, keys.bob, "tokens/github.age")).toBeUndefined();
    expect((await place.read("tokens/github.age")).toString()).toContain("BEGIN AGE ENCRYPTED FILE");
    await place.ok(["edit", "wifi.age"], { env: { ...asAlice, EDITOR: "sed -i s/psk/better/" } });
    for (const key of [keys.alice, keys.bob, keys.nas]) expect(await age(at, key, "wifi.age")).toBe("better");
    await place.ok(["rotate", "--yes", "wifi.age"], { env: asAlice });
    expect(await age(at, keys.nas, "wifi.age")).toBe("better");
  });

  it("rules of another name, from another folder, are those of RULES", async () => {
    await using at = await agenix();
    await at.place.run("mv", ["secrets.nix", "rules.nix"]);
    const env = { ...at.asAlice, RULES: join(at.place.path, "rules.nix") };
    await at.place.ok(["set", "wifi.age"], { stdin: "psk", env });
    expect(await age(at, at.keys.nas, "wifi.age")).toBe("psk");
    expect((await at.place.flurry(["set", "other.age"], { stdin: "x", env })).exitCode).toBe(111);
    await expect(access(join(at.place.path, "other.age"))).rejects.toThrow("ENOENT");
  });

  it("rules with a mistake are told with what Nix says of them", async () => {
    await using at = await agenix();
    await at.replaceInRules("[ keys.nas ]", "[ keys.nsa ]");
    const { exitCode, stderr } = await at.place.flurry(["check"], { env: at.nix });
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("error[FLURRY_AGENIX_RULES_INVALID]");
    expect(stderr).toContain("nsa");
    await at.replaceInRules("[ keys.nsa ]", '[ "ssh-ed25519 AAAA" ]');
    expect((await at.place.flurry(["check"], { env: at.nix })).stderr).toContain('"wifi.age"');
  });
});
