import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { newIdentity } from "@flurry/secrets";
import { describe, expect, it } from "vitest";

import { gpgHome } from "./support/gpg-home.ts";
import { hasTool, secretsPlace, sopsReleases } from "./support/secrets-place.ts";
import type { SecretsPlace } from "./support/secrets-place.ts";

const [oldest = "sops"] = sopsReleases;
const plain: Readonly<Record<string, string>> = {
  "a.yaml": "# of the app\nport: 80\npassword: hunter2\nlist:\n    - one\n    - two\n",
  "a.json": '{\n\t"port": 80,\n\t"password": "hunter2"\n}\n',
  "a.env": "# of the app\nPORT=80\npassword=hunter2\n",
  "a.ini": "[s]\nport     = 80\npassword = hunter2\n",
  "a.bin": "hunter2\n",
};
const path: Readonly<Record<string, string>> = { "a.ini": "s.password" };
const pathOf = (name: string): string => path[name] ?? "password";

interface Team {
  readonly place: SecretsPlace;
  /** How sops and Flurry get at the keys. */
  readonly env: Record<string, string>;
  readonly files: readonly string[];
}

/** Runs a release of sops, which must end well, and returns what it prints. */
async function sops({ place, env }: Team, release: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await place.run(release, args, { env });
  if (exitCode !== 0) throw new Error(`${release} ${args.join(" ")} ended with ${exitCode}: ${stderr}`);
  return stdout;
}

/** Each file as the oldest and the newest release read it, who verify its MAC; `secret` is in all of them. */
async function readBy(team: Team, secret: string, releases: readonly string[] = [oldest, "sops"]): Promise<void> {
  for (const file of team.files) {
    const ours = await team.place.ok(["decrypt", file], { env: team.env });
    expect(ours).toContain(secret);
    for (const text of await Promise.all(releases.map((release) => sops(team, release, ["-d", file]))))
      expect(text.trim().replaceAll(/\s+/g, " ")).toBe(ours.trim().replaceAll(/\s+/g, " "));
  }
}

/** What people do to files, one after the other. After each, and after what sops makes of it, both read them. */
async function work(team: Team, rule: (more: readonly string[]) => string, more: readonly string[]): Promise<void> {
  const { place, env, files } = team;
  const names = files.map((file) => file.slice("team/".length));
  await place.put(".sops.yaml", rule([]));
  for (const file of files) {
    await place.put(file, plain[file.slice("team/".length)] ?? "");
    await place.ok(["encrypt", "--in-place", file], { env });
  }
  await readBy(team, "hunter2");

  for (const name of names.filter((one) => one !== "a.bin"))
    await place.ok(["set", `team/${name}`, pathOf(name)], { stdin: "set by us", env });
  for (const name of names.filter((one) => one === "a.bin"))
    await place.ok(["edit", `team/${name}`], { env: { ...env, EDITOR: "sed -i s/hunter2/set\\ by\\ us/" } });
  await readBy(team, "set by us");

  await place.ok(["edit", files[0] ?? ""], { env: { ...env, EDITOR: "sed -i s/80/8080/" } });
  if (names.includes("a.yaml")) await place.ok(["unset", "team/a.yaml", "list[0]"], { env });
  await readBy(team, "set by us");

  // Somebody more, who goes again.
  await place.put(".sops.yaml", rule(more));
  await place.ok(["rekey", "--yes"], { env });
  await readBy(team, "set by us");
  await place.put(".sops.yaml", rule([]));
  await place.ok(["rekey", "--yes"], { env });
  await place.ok(["rotate", "--yes"], { env });
  await readBy(team, "set by us", sopsReleases);
}

/** Each release changes the files in turn, and we change them after it. */
async function turns(team: Team, releases: readonly string[], files = team.files): Promise<void> {
  for (const release of releases) {
    for (const file of files) await sops(team, release, ["-r", "-i", file]);
    await team.place.ok(["rotate", "--yes"], { env: team.env });
  }
  await readBy(team, "set by us");
}

const ageRule = (place: SecretsPlace, more: readonly string[]): string =>
  `creation_rules:\n  - path_regex: ^team/\n    age: ${[place.recipient, ...more].join(",")}\n`;

describe.runIf(hasTool("sops"))(`files that ${sopsReleases.join(", ")} read and change between our changes`, () => {
  it("for age keys, of each format", async () => {
    expect.hasAssertions();
    await using place = await secretsPlace();
    await mkdir(join(place.path, "team"));
    const team: Team = { place, env: {}, files: Object.keys(plain).map((name) => `team/${name}`) };
    const other = await newIdentity("x25519");
    await work(team, (more) => ageRule(place, more), [other.recipient]);
    await turns(team, [oldest, "sops"]);

    // A host that comes and goes.
    const key = join(place.path, "host");
    await place.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const added = ["add-host", "nas", "--key", (await readFile(`${key}.pub`, "utf8")).trim(), "--yes"];
    await place.ok([...added, ...team.files.flatMap((file) => ["--file", file])]);
    await readBy(team, "set by us");
    await place.ok(["revoke", "nas", "--yes"]);
    await readBy(team, "set by us");
  });

  it.runIf(hasTool("gpg"))("for PGP keys, and for a PGP and an age key together", async () => {
    expect.hasAssertions();
    await using alice = await gpgHome();
    const fingerprint = await alice.key("alice");
    const bob = await alice.key("bob");
    const env = { GNUPGHOME: alice.path };
    const noAge = { ...env, HOME: "/nonexistent" };
    await using place = await secretsPlace();
    await mkdir(join(place.path, "team"));
    const few = { place, env: noAge, files: ["team/a.yaml", "team/a.env"] };
    await work(few, (more) => `creation_rules:\n  - pgp: ${[fingerprint, ...more].join(",")}\n`, [bob]);
    await turns(few, [oldest]);

    await using both = await secretsPlace();
    await mkdir(join(both.path, "team"));
    const team = { place: both, env, files: ["team/a.yaml", "team/a.ini", "team/a.env"] };
    const groups = (more: readonly string[]): string =>
      `creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - pgp: [${[fingerprint, ...more].join(", ")}]\n      - age: [${both.recipient}]\n`;
    await work(team, groups, [bob]);
    await turns(team, [oldest], ["team/a.yaml", "team/a.ini"]);
  });
});
