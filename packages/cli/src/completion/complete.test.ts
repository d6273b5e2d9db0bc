import { describe, expect, it } from "vitest";

import { TestRepository } from "../../tests/support/repository.ts";

const fleet = "hosts:\n  nas: { tags: [storage] }\n  nas-2: {}\n  web: { tags: [edge], adress: x }\n";

async function completed(line: string, files: Readonly<Record<string, string>> = { "fleet.yaml": fleet }) {
  await using repository = await TestRepository.with(files);
  const { code, out, err } = await repository.flurry(["completion", "words", "--", line]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out.split("\n").filter((word) => word !== "");
}

describe("flurry completion", () => {
  it.each<[line: string, words: readonly string[]]>([
    ["flurry de", ["deploy"]],
    ["flurry secrets re", ["rekey", "revoke"]],
    ["flurry host ", ["add", "rm", "ls"]],
    ["flurry import s", ["ssh-config"]],
    ["flurry completion z", ["zsh"]],
    ["flurry deploy n", ["nas", "nas-2"]],
    ["flurry deploy nas ", ["nas", "nas-2", "web", "@storage", "@edge"]],
    ["flurry deploy '@ed", ["@edge"]],
    ["flurry host rm w", ["web"]],
    ["flurry host add w", []],
    ["flurry host rm web n", []],
    ["flurry exec nas -- n", []],
    ["flurry deploy --dry", ["--dry-activate", "--dry-run"]],
    ["flurry --vers", ["--version"]],
    ["flurry -C nowhere deploy n", []],
    ["flurry nonsense x", []],
    ["flurry sudoers a", []],
  ])("%s", async (line, words) => expect(await completed(line)).toEqual(words));

  it("knows the fleet of -C", async () => {
    const files = { "there/fleet.yaml": "hosts: { far: }\n", "fleet.yaml": fleet };
    expect(await completed("flurry -C there status ", files)).toEqual(["far"]);
  });

  it.each([
    [{ "fleet.yaml": "hosts: {" }],
    [{ "fleet.config.mjs": "throw new Error('run');" }],
    [{ "fleet.yaml": "hosts: { '$(evil)': {}, 'a b': {} }" }],
    [{}],
  ])("says nothing of the hosts in %j", async (files) => expect(await completed("flurry deploy ", files)).toEqual([]));

  it.each(["bash", "zsh", "fish"])("has a script for %s", async (shell) => {
    await using repository = await TestRepository.with({});
    expect((await repository.flurry(["completion", shell])).out).toContain("flurry completion words -- ");
  });

  it.each([[[]], [["tcsh"]], [["bash", "zsh"]]])("refuses %j", async (words) => {
    await using repository = await TestRepository.with({});
    const { code, err } = await repository.flurry(["completion", ...words]);
    expect([code, err]).toEqual([2, expect.stringContaining("it knows bash, zsh, fish")]);
  });
});

it("flurry schema prints the JSON Schema", async () => {
  await using repository = await TestRepository.with({});
  const { out } = await repository.flurry(["schema"]);
  expect(JSON.parse(out)).toMatchObject({ title: "Flurry fleet", required: ["hosts"] });
});
