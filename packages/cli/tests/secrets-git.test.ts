import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { bin, hasTool, secretsPlace } from "./support/secrets-place.ts";
import type { SecretsPlace } from "./support/secrets-place.ts";

const file = "team/s.yaml";
const plain = "# top\na: 1\nb: two\n# about c\nc:\n    d: x\n    e:\n        - p\n        - q\n";

interface Repository extends SecretsPlace {
  git(...args: string[]): Promise<string>;
}

async function repository(): Promise<Repository> {
  const place = await secretsPlace();
  const git = async (...args: string[]): Promise<string> => {
    const identity = ["-c", "user.name=Alice", "-c", "user.email=alice@example.org", "-c", "commit.gpgsign=false"];
    const { exitCode, stdout, stderr } = await place.run("git", [...identity, ...args]);
    if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  };
  await git("init", "--quiet", "--initial-branch=main");
  await mkdir(join(place.path, "team"));
  return { ...place, git };
}

async function merging(ours: (place: Repository) => Promise<unknown>, theirs: (place: Repository) => Promise<unknown>) {
  const place = await repository();
  await place.put(file, plain);
  await place.ok(["encrypt", "--in-place", file]);
  await place.ok(["git-setup", "--program", `'${process.execPath}' '${bin}'`]);
  await place.git("add", "--all");
  await place.git("commit", "--quiet", "-m", "base");
  await place.git("checkout", "--quiet", "-b", "other");
  await theirs(place);
  await place.git("commit", "--quiet", "-a", "-m", "theirs");
  await place.git("checkout", "--quiet", "main");
  await ours(place);
  await place.git("commit", "--quiet", "-a", "-m", "ours");
  const identity = ["-c", "user.name=Alice", "-c", "user.email=alice@example.org"];
  const { exitCode } = await place.run("git", [...identity, "merge", "other", "-m", "merged"]);
  return { place, exitCode };
}

const set = (path: string, value: string) => (place: Repository) => place.ok(["set", file, path], { stdin: value });

it("values, comments and layout of both sides are merged, and sops reads it", async () => {
  const { place, exitCode } = await merging(
    async (one) => {
      await set("b", "mine")(one);
      await set("c.e[1]", "z")(one);
    },
    async (one) => {
      await set("c.d", "theirs")(one);
      await set("c.new", "n")(one);
      await one.ok(["edit", file], { env: { EDITOR: "sed -i s/top/bottom/" } });
    },
  );
  await using _ = place;
  expect(exitCode).toBe(0);
  const merged = plain
    .replace("two", "mine")
    .replace("top", "bottom")
    .replace("d: x", "d: theirs")
    .replace("- q\n", '- z\n    new: "n"\n');
  expect(await place.ok(["get", file])).toBe(merged);
  expect(hasTool("sops") ? await place.sops(file) : merged).toBe(merged);
});

it("a place that both changed shows both, encrypted", async () => {
  const { place, exitCode } = await merging(set("b", "mine"), set("b", "yours"));
  await using _ = place;
  expect(exitCode).toBe(1);
  expect((await place.read(file)).toString()).not.toMatch(/mine|yours|<<<<<<</);
  expect(await place.ok(["get", file, "b"])).toBe(
    "<<<<<<< ours\nmine\n||||||| base\ntwo\n=======\nyours\n>>>>>>> theirs\n",
  );
  expect(await place.git("status", "--short")).toContain(`UU ${file}`);
});

it("a removed recipient cannot read the merged file, an added one can", async () => {
  const place = await secretsPlace();
  await using _ = place;
  const [old, added] = [await place.ok(["keygen", "--output", "old"]), await place.ok(["keygen", "--output", "added"])];
  const encrypt = async (name: string, text: string, recipients: readonly string[]): Promise<void> => {
    await place.put("clear.yaml", text);
    const who = recipients.flatMap((one) => ["--age", one.trim()]);
    await place.ok(["encrypt", "clear.yaml", "--output", name, ...who]);
  };
  await encrypt("base.yaml", plain, [place.recipient, old]);
  await encrypt("ours.yaml", plain.replace("two", "mine"), [place.recipient, old, added]);
  await encrypt("theirs.yaml", plain.replace("d: x", "d: why"), [place.recipient]);
  await place.ok(["merge-driver", "base.yaml", "ours.yaml", "theirs.yaml", "team/x.yaml"]);
  const wanted = plain.replace("two", "mine").replace("d: x", "d: why");
  expect(await place.ok(["get", "ours.yaml"])).toBe(wanted);
  expect(await place.ok(["get", "-i", "added", "ours.yaml"])).toBe(wanted);
  expect(await place.flurry(["get", "-i", "old", "ours.yaml"])).toMatchObject({ exitCode: 128 });
});

it("without a key the merge is a conflict and nothing is lost", async () => {
  await using place = await secretsPlace();
  for (const [name, value] of [
    ["base", "1"],
    ["ours", "2"],
    ["theirs", "3"],
  ] as const)
    await place.ok(["set", `team/${name}.yaml`, "a"], { stdin: value });
  const before = await place.read("team/ours.yaml");
  const words = ["merge-driver", "team/base.yaml", "team/ours.yaml", "team/theirs.yaml", "team/x.yaml"];
  expect(await place.flurry(words, { env: { HOME: "/nonexistent" } })).toMatchObject({ exitCode: 1 });
  expect(await place.read("team/ours.yaml")).toEqual(before);
});

it("an age file is merged by its lines, for whom the policy says; where both changed one it shows both, encrypted", async () => {
  await using place = await repository();
  const other = (await place.ok(["keygen", "--output", "other"])).trim();
  const rule = (keys: readonly string[]) =>
    place.put("secrets.nix", `{ "env.age".publicKeys = [ ${keys.map((key) => `"${key}"`).join(" ")} ]; }\n`);
  await rule([place.recipient]);
  const lines = ["A=1", "", "# between", "", "B=2", ""];
  const version = (name: string, first: string, last: string) =>
    place.ok(["encrypt", "-", "--output", name, "--age", place.recipient], {
      stdin: [first, ...lines.slice(1, -2), last, ""].join("\n"),
    });
  await version("base.age", "A=1", "B=2");
  await version("ours.age", "A=mine", "B=2");
  await version("theirs.age", "A=1", "B=yours");
  await version("clash.age", "A=other", "B=2");
  const words = ["merge-driver", "base.age", "ours.age", "theirs.age", "env.age"];
  const before = await place.read("ours.age");
  const locked = await place.flurry(words, { env: { HOME: "/nonexistent" } });
  expect(locked).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("error[FLURRY_AGE_NO_") });
  expect(await place.read("ours.age")).toEqual(before);

  await rule([place.recipient, other]);
  await place.ok(words);
  for (const identity of [[], ["-i", "other"]])
    expect(await place.ok(["get", ...identity, "ours.age"])).toBe("A=mine\n\n# between\n\nB=yours\n");

  const clash = await place.flurry(["merge-driver", "base.age", "ours.age", "clash.age", "env.age"]);
  expect(clash.exitCode).toBe(1);
  expect(clash.stderr).toContain("env.age: both sides changed the same lines");
  expect(clash.stderr + clash.stdout + (await place.read("ours.age")).toString("latin1")).not.toMatch(/mine|<<<<<<</);
  expect(await place.ok(["get", "ours.age"])).toContain(
    "<<<<<<< ours\nA=mine\n||||||| base\nA=1\n=======\nA=other\n>>>>>>> theirs\n",
  );
});

it("git diff shows what changed in clear, and git-setup does nothing twice", async () => {
  const { place } = await merging(set("b", "mine"), set("b", "mine"));
  await using _ = place;
  expect(await place.git("diff", "other~1", "main", "--", file)).toContain("-b: two\n+b: mine\n");
  const attributes = await place.read(".gitattributes");
  expect(attributes.toString()).toContain("/team/*.yaml diff=flurry-secrets merge=flurry-secrets\n");
  const again = await place.flurry(["git-setup", "--program", `'${process.execPath}' '${bin}'`]);
  expect(again.stderr).toBe("git is set up for encrypted files\n");
  expect(await place.read(".gitattributes")).toEqual(attributes);
  const outside = await place.flurry(["git-setup", "-C", "/"]);
  expect(outside).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("/ is in no git repository") as string,
  });
});
