import { chmod, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { parseFleetYaml } from "@flurry/schema";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { loadPolicy } from "../src/policy/load-policy.ts";
import { addHost, planAddHost, revoke } from "../src/rekey/change-readers.ts";
import { planRekey } from "../src/rekey/plan.ts";
import type { RekeyKeys } from "../src/rekey/rekey-job.ts";
import { rekey, rotate } from "../src/rekey/rekey.ts";
import { writeTogether } from "../src/rekey/transaction.ts";
import { parseSops } from "../src/sops/document.ts";
import { tool } from "./real-tools.ts";
import { keyPair, repository } from "./rekey-repository.ts";
import type { KeyPair, Repository } from "./rekey-repository.ts";
import { releases } from "./sops-programs.ts";

const [alice, bob, nas, web] = await Promise.all([keyPair(), keyPair(), keyPair(), keyPair()]);
const now = new Date("2026-02-02T00:00:00Z");
const aliceKeys: RekeyKeys = { identities: [{ kind: "native", secret: alice.identity }] };
const texts = {
  "a.yaml": "a: 1\nb: two\n",
  "b.json": '{"a": 1, "b": "two"}',
  "c.env": "A=1\nB=two\n",
  "d.ini": "[s]\na=1\n",
};

async function withFiles(): Promise<Repository> {
  const repo = await repository();
  await repo.put(
    ".sops.yaml",
    `keys:
  - &alice ${alice.recipient}
  - &bob ${bob.recipient}
  - &hosts
    - &nas ${nas.recipient}
creation_rules:
  - path_regex: ^own/nas/
    key_groups: [{ age: [*alice, *bob, *nas] }]
  - path_regex: ^common/
    key_groups: [{ age: [*alice, *bob, *nas] }]
`,
  );
  for (const [name, text] of Object.entries(texts)) {
    await repo.encrypt(`common/${name}`, text, [alice, bob, nas]);
    await repo.encrypt(`own/nas/${name}`, text, [alice, bob, nas]);
  }
  return repo;
}

/** What a release of sops reads in a file with one person's key; it verifies the MAC. */
async function opened(release: string, repo: Repository, name: string, who: KeyPair): Promise<unknown> {
  const env = { SOPS_AGE_KEY: who.identity, HOME: repo.root, XDG_CONFIG_HOME: repo.root };
  return JSON.parse(await tool(release, ["-d", "--output-type", "json", name], { cwd: repo.root, env }));
}

/** The wrapped keys of a file, by recipient. */
async function wrapped(repo: Repository, name: string): Promise<Record<string, string>> {
  const bytes = await readFile(join(repo.root, name));
  const format = { "a.yaml": "yaml", "b.json": "json", "c.env": "dotenv", "d.ini": "ini" } as const;
  const base = name.split("/").at(-1);
  const found = Object.entries(format).find(([one]) => one === base)?.[1] ?? "binary";
  const { groups } = parseSops(bytes, { format: found }).metadata;
  return Object.fromEntries(groups.flat().map(({ id, enc }) => [id, enc]));
}

describe.each(releases)("what %s reads", (release) => {
  it("after a host was added: the same values, for the host as well", async () => {
    await using repo = await withFiles();
    const before = await wrapped(repo, "common/a.yaml");
    const own = await repo.read("own/nas/a.yaml");
    const loaded = await loadPolicy({ cwd: repo.root });
    const request = { name: "web", keys: [web.recipient], files: ["common/a.yaml"] };
    const { done, change } = await addHost(loaded, request, { keys: aliceKeys, rekey: { now } });
    expect(done.files.map(({ path, action }) => `${action} ${path}`)).toEqual(
      Object.keys(texts).map((name) => `recipients common/${name}`),
    );
    expect(change.after.rules[1]?.groups[0]).toHaveLength(4);
    for (const name of Object.keys(texts))
      expect(await opened(release, repo, `common/${name}`, web)).toEqual(
        await opened(release, repo, `common/${name}`, nas),
      );
    // The other recipients' copies of the data key, and the files that are not its own, are the same bytes.
    expect(await wrapped(repo, "common/a.yaml")).toMatchObject(before);
    expect(await repo.read("own/nas/a.yaml")).toBe(own);
    // sops finds nothing left to do.
    const rekeyed = await repo.read("common/a.yaml");
    const env = { SOPS_AGE_KEY: alice.identity, HOME: repo.root, XDG_CONFIG_HOME: repo.root };
    await tool(release, ["updatekeys", "-y", "common/a.yaml"], { cwd: repo.root, env });
    expect(await repo.read("common/a.yaml")).toBe(rekeyed);
  });

  it("after somebody was revoked and after a rotation: the same values, and not for them", async () => {
    await using repo = await withFiles();
    const values = await opened(release, repo, "own/nas/a.yaml", alice);
    await revoke(await loadPolicy({ cwd: repo.root }), "bob", { keys: aliceKeys, rekey: { now } });
    await expect(opened(release, repo, "own/nas/a.yaml", bob)).rejects.toThrow("ended with 128");
    const { policy } = await loadPolicy({ cwd: repo.root });
    const plan = await planRekey(policy);
    expect(plan.drifted).toEqual([]);
    const first = await repo.read("own/nas/a.yaml");
    await rotate(plan, aliceKeys, { now });
    expect(await repo.read("own/nas/a.yaml")).not.toBe(first);
    for (const who of [alice, nas]) expect(await opened(release, repo, "own/nas/a.yaml", who)).toEqual(values);
  });
});

describe("a rekeying", () => {
  it("touches only files that drifted, and gives those that lose a reader a new data key", async () => {
    await using repo = await withFiles();
    await repo.encrypt("common/more.yaml", "x: 1\n", [alice, bob, nas, web]);
    await repo.encrypt("common/less.yaml", "x: 1\n", [alice, nas]);
    const before = await repo.snapshot();
    const plan = await planRekey((await loadPolicy({ cwd: repo.root })).policy);
    const { files } = await rekey(plan, aliceKeys, { now });
    expect(files).toEqual([
      { path: "common/less.yaml", action: "recipients" },
      { path: "common/more.yaml", action: "rotate" },
    ]);
    const after = await repo.snapshot();
    const changed = [...after].filter(([name, content]) => before.get(name) !== content).map(([name]) => name);
    expect(changed.toSorted()).toEqual(["common/less.yaml", "common/more.yaml"]);
  });

  it("keys files for a host that shares its key with another of the fleet", async () => {
    await using repo = await repository();
    const ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9b5Vr4bE7EF5CrMcfkXLK9iZRi8xGVpTGHJfIxAbcd";
    const read = parseFleetYaml(
      `hosts:\n  nas: { hostKey: "${ssh}" }\n  clone: { hostKey: "${ssh}" }\nsecrets:\n  backend: sops\n  admins: { alice: ${alice.recipient} }\n  files: { a.yaml: { hosts: ["*"] } }\n`,
      { file: "fleet.yaml" },
    );
    if (!read.ok) throw new Error(JSON.stringify(read.issues));
    await repo.put("fleet.yaml", "");
    await repo.encrypt("a.yaml", "a: 1\n", [alice]);
    const fleet = { fleet: read.value, path: join(repo.root, "fleet.yaml") };
    const loaded = await loadPolicy({ cwd: repo.root, fleet });
    for (const name of ["nas", "clone"]) {
      const { plan } = await planAddHost(loaded, { name, keys: [ssh] });
      expect(plan.drifted.map(({ path }) => path)).toEqual(["a.yaml"]);
    }
  });

  it("gives the same result in worker threads", async () => {
    await using repo = await withFiles();
    await repo.put(".sops.yaml", `creation_rules:\n  - age: ${alice.recipient},${web.recipient}\n`);
    const plan = await planRekey((await loadPolicy({ cwd: repo.root })).policy);
    const seen: string[] = [];
    const options = { now, workers: 2, onDone: (path: string) => void seen.push(path) };
    const { files } = await rekey(plan, aliceKeys, options);
    expect(files).toHaveLength(2 * Object.keys(texts).length);
    expect(seen.toSorted()).toEqual(files.map(({ path }) => path));
    for (const { path } of files)
      expect(Object.keys(await wrapped(repo, path))).toEqual([alice.recipient, web.recipient]);
  });

  it("changes nothing when one file cannot be opened, and names it", async () => {
    await using repo = await withFiles();
    await repo.encrypt("common/his.yaml", "x: 1\n", [web]);
    await repo.encrypt("common/less.yaml", "x: 1\n", [alice]);
    const before = await repo.snapshot();
    const plan = await planRekey((await loadPolicy({ cwd: repo.root })).policy);
    for (const workers of [0, 1]) {
      await expect(rekey(plan, aliceKeys, { now, workers })).rejects.toMatchObject({
        code: "FLURRY_REKEY_FAILED",
        message: expect.stringContaining("none was: common/his.yaml: "),
        details: undefined,
      });
    }
    expect(await repo.snapshot()).toEqual(before);
  });

  it("unlocks keys once, and only when those at hand do not do", async () => {
    await using repo = await withFiles();
    await repo.encrypt("common/less.yaml", "x: 1\n", [alice]);
    await repo.encrypt("common/bob.yaml", "x: 1\n", [bob]);
    const plan = await planRekey((await loadPolicy({ cwd: repo.root })).policy);
    let asked = 0;
    const unlock = async (): Promise<RekeyKeys["identities"]> => {
      asked += 1;
      return [{ kind: "native", secret: bob.identity }];
    };
    await rekey(plan, { ...aliceKeys, unlock }, { now });
    expect(asked).toBe(1);
  });

  it("keeps modes, makes new files private, and never writes through a link", async () => {
    await using repo = await withFiles();
    const file = join(repo.root, "common/a.yaml");
    await chmod(file, 0o640);
    await mkdir(join(repo.root, "elsewhere"));
    await writeFile(join(repo.root, "elsewhere/target"), "old");
    await symlink("../elsewhere/target", join(repo.root, "common/link.yaml"));
    await symlink("elsewhere", join(repo.root, "folder"));
    const root = repo.root;
    const write = (path: string, before?: string) => ({
      path: join(root, path),
      before: before === undefined ? undefined : Buffer.from(before),
      after: Buffer.from("new"),
    });
    const what = "test";
    await writeTogether([write("common/a.yaml", await repo.read("common/a.yaml")), write("new/b")], { root, what });
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await stat(join(root, "new/b"))).mode & 0o777).toBe(0o600);
    const refused = [
      write("common/link.yaml", "old"),
      write("folder/target", "old"),
      write("../x"),
      write("elsewhere/target", "other"),
    ];
    for (const bad of refused) {
      await expect(writeTogether([write("new/c"), bad], { root, what })).rejects.toMatchObject({
        code: "FLURRY_REKEY_CONFLICT",
      });
    }
    expect(await repo.read("elsewhere/target")).toBe("old");
    await expect(repo.read("new/c")).rejects.toThrow("ENOENT");
  });

  it("keeps its peace with git", async () => {
    await using repo = await withFiles();
    await tool("git", ["init", "-q"], { cwd: repo.root });
    await repo.put(".gitignore", "ignored\n");
    await repo.encrypt("common/ignored", "x", [web]);
    await repo.encrypt("common/new.yaml", "x: 1\n", [alice]);
    const request = { name: "web", keys: [web.recipient], like: "nas" };
    const { plan } = await planAddHost(await loadPolicy({ cwd: join(repo.root, "common") }), request);
    const paths = plan.drifted.map(({ path }) => path);
    expect(paths).toContain("common/new.yaml");
    expect(paths).not.toContain("common/ignored");
    expect(parse(await repo.read(".sops.yaml"))).toMatchObject({
      keys: [alice.recipient, bob.recipient, [nas.recipient]],
    });
  });
});
