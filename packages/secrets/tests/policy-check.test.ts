import { symlink } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { checkPolicy } from "../src/policy/check.ts";
import { explainAccess, findReader } from "../src/policy/explain.ts";
import { loadPolicy } from "../src/policy/load-policy.ts";
import { accessMatrix } from "../src/policy/matrix.ts";
import { readPolicyFiles } from "../src/rekey/plan.ts";
import { tool } from "./real-tools.ts";
import { keyPair, repository } from "./rekey-repository.ts";
import type { Repository } from "./rekey-repository.ts";

const [alice, nas, web] = await Promise.all([keyPair(), keyPair(), keyPair()]);
const config = `keys:
  - &alice ${alice.recipient}
  - &hosts
    - &nas ${nas.recipient}
    - &web ${web.recipient}
creation_rules:
  - path_regex: ^secrets/nas
    key_groups: [{ age: [*alice, *nas] }]
  - path_regex: ^secrets/
    key_groups: [{ age: [*alice, *nas, *web] }]
`;

async function repo(files: (repo: Repository) => Promise<void>): Promise<Repository> {
  const made = await repository();
  await made.put(".sops.yaml", config);
  await files(made);
  return made;
}

/** Findings as `code file:line`. */
async function findings({ root }: Repository): Promise<string[]> {
  const { policy } = await loadPolicy({ cwd: root });
  const files = await readPolicyFiles(policy);
  return checkPolicy(policy, files).map(({ code, place }) =>
    [code, [place?.file, place?.line].filter((part) => part !== undefined).join(":")].join(" "),
  );
}

describe("checkPolicy", () => {
  it("finds nothing where all is as it should be", async () => {
    await using made = await repo(async (one) => {
      await one.encrypt("secrets/nas.yaml", "a: 1\n", [alice, nas]);
      await one.encrypt("secrets/all.json", '{"a": ["x", null, ""]}', [web, nas, alice]);
      await one.put("secrets/README.md", "# how to\n");
      await one.put("other.yaml", "a: 1\n");
    });
    expect(await findings(made)).toEqual([]);
  });

  it("finds drift, plaintext and files without a rule", async () => {
    await using made = await repo(async (one) => {
      await one.encrypt("secrets/nas.yaml", "a: 1\n", [alice, nas, web]);
      await one.encrypt("secrets/less.yaml", "a: 1\n", [alice, nas]);
      await one.put("secrets/plain.yaml", "password: hunter2\n");
      await one.put("secrets/token", "hunter2\n");
      await one.encrypt("elsewhere.yaml", "a: 1\n", [alice]);
      await one.encrypt("secrets/edited.yaml", "a: 1\nb: 2\n", [alice, nas, web]);
      const edited = await one.read("secrets/edited.yaml");
      await one.put("secrets/edited.yaml", edited.replace(/^b: .*$/m, "b: hunter2"));
      await symlink("nas.yaml", join(one.root, "secrets/link.yaml"));
      await one.put("secrets/broken.yaml", "a: [\nsops:\n    lastmodified: x\n");
    });
    expect(await findings(made)).toEqual([
      "no-rule elsewhere.yaml",
      "unreadable secrets/broken.yaml:2",
      "value-not-encrypted secrets/edited.yaml:2",
      "reader-missing secrets/less.yaml",
      "link secrets/link.yaml",
      "reader-extra secrets/nas.yaml",
      "not-encrypted secrets/plain.yaml",
      "not-encrypted secrets/token",
    ]);
  });

  it("finds rules that never decide, hosts without people and ssh keys", async () => {
    await using made = await repo(async (one) => {
      const ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKQ7demcSFZUr8NiPcPkXjcSguQnulEZmv0ET/l81LN9 root@db";
      await one.put(
        ".sops.yaml",
        `${config}  - path_regex: ^secrets/db\\.yaml$\n    age: ["${ssh}"]\n  - path_regex: ^more/\n    age: [*nas]\n`,
      );
      await one.encrypt("secrets/nas.yaml", "a: 1\n", [alice, nas]);
      await one.encrypt("secrets/db.yaml", "a: 1\n", [alice, nas, web]);
    });
    expect(await findings(made)).toEqual([
      "rule-shadowed .sops.yaml:11",
      "no-admin .sops.yaml:11",
      "ssh-form .sops.yaml:12",
      "rule-without-files .sops.yaml:13",
      "no-admin .sops.yaml:13",
    ]);
  });

  it("does not take every file for a secret where a rule is for everything", async () => {
    await using made = await repo(async (one) => {
      await one.put(".sops.yaml", `creation_rules:\n  - age: ${alice.recipient}\n`);
      await one.put("compose.yaml", "services: {}\n");
      await one.put("app/secrets.yaml", "a: 1\n");
      await one.put("deep/x.bin", "binary");
      await one.encrypt("deep/y.bin", "binary", [alice]);
      await tool("git", ["init", "-q"], { cwd: one.root });
    });
    expect(await findings(made)).toEqual(["maybe-not-encrypted app/secrets.yaml"]);
    const { policy } = await loadPolicy({ cwd: made.root });
    const { rows } = accessMatrix(policy, await readPolicyFiles(policy));
    expect(rows.map(({ path }) => path)).toEqual(["deep/y.bin"]);
  });
});

describe("accessMatrix and explainAccess", () => {
  it("say who reads what by policy and by file", async () => {
    await using made = await repo(async (one) => {
      await one.encrypt("secrets/nas.yaml", "a: 1\n", [alice, nas, web]);
      await one.encrypt("secrets/x.yaml", "a: 1\n", [alice, nas]);
      await one.put("secrets/y.yaml", "a: 1\n");
    });
    const { policy } = await loadPolicy({ cwd: made.root });
    const files = await readPolicyFiles(policy);
    const matrix = accessMatrix(policy, files);
    expect(matrix.readers).toEqual([
      { name: "alice", kind: "admin" },
      { name: "nas", kind: "host" },
      { name: "web", kind: "host" },
    ]);
    expect(matrix.rows.map(({ path, access }) => [path, ...access])).toEqual([
      ["secrets/nas.yaml", "reads", "reads", "extra"],
      ["secrets/x.yaml", "reads", "reads", "missing"],
      ["secrets/y.yaml", "clear", "clear", "clear"],
    ]);
    const [first] = files;
    const reader = findReader(policy, files, "web");
    if (first === undefined || reader === undefined) throw new Error("nothing to explain");
    expect(explainAccess(policy, first, reader)).toMatchObject({
      access: "extra",
      rule: { name: "^secrets/nas" },
      shadowed: [{ name: "^secrets/" }],
      policyKeys: [],
      fileKeys: [{ id: web.recipient }],
    });
  });
});

it("of a large repository only the files that were named are looked into", async () => {
  await using made = await repo(async (one) => {
    await one.encrypt("secrets/nas.yaml", "a: 1\n", [alice, nas]);
    await one.encrypt("secrets/deep/a.yaml", "a: 1\n", [alice, nas, web]);
    await one.encrypt("secrets/deep-b.yaml", "a: 1\n", [alice, nas, web]);
    await one.put("other/note.txt", "of no rule\n");
  });
  const { policy } = await loadPolicy({ cwd: made.root });
  const looked: string[] = [];
  const rules = policy.rules.map((rule) => ({
    ...rule,
    matches: (path: string) => {
      looked.push(path);
      return rule.matches(path);
    },
  }));
  const within = async (...names: string[]) => {
    looked.length = 0;
    const files = await readPolicyFiles({ ...policy, rules }, { within: names });
    expect(new Set(looked)).toEqual(new Set(files.map(({ path }) => path)));
    return files.map(({ path, file }) => `${path} ${file.kind}`);
  };
  expect(await within("secrets/nas.yaml")).toEqual(["secrets/nas.yaml sops"]);
  expect(await within("secrets/deep", "secrets/gone.yaml")).toEqual([
    "secrets/deep/a.yaml sops",
    "secrets/gone.yaml absent",
  ]);
  // What no rule covers is read where somebody asks about it.
  expect(await within("other/note.txt")).toEqual(["other/note.txt plain"]);
  expect(await readPolicyFiles(policy, { within: [""] })).toHaveLength((await readPolicyFiles(policy)).length);
});
