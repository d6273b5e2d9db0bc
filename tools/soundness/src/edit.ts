import { chmod, lstat, mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { commit, git, nix } from "./fleet.ts";
import type { TestFleet } from "./fleet.ts";
import type { Random } from "./random.ts";

interface Editor {
  readonly fleet: TestFleet;
  readonly random: Random;
  /** Files and links of the fleet, relative to it. */
  readonly files: readonly string[];
  /** A text that was not there before. */
  readonly fresh: string;
}

/** What may be done to a fleet, how often, and what it says of itself; undefined when it does not apply just now. */
const edits: readonly (readonly [weight: number, edit: (editor: Editor) => Promise<string | undefined>])[] = [
  [6, write],
  [3, create],
  [3, remove],
  [2, move],
  [2, changeMode],
  [2, changeLink],
  [3, save],
  [1, saveNothing],
  [2, undo],
  [2, changeInput],
  [1, writeReadme],
];

/** Changes something about the fleet and says what. */
export async function edit(fleet: TestFleet, random: Random, number: number): Promise<string> {
  const bag = edits.flatMap(([weight, each]) => Array.from({ length: weight }, () => each));
  for (;;) {
    const files = await filesIn(fleet.directory);
    const done = await random.pick(bag)({ fleet, random, files, fresh: `edit ${number}` });
    if (done === undefined) continue;
    await git(fleet, fleet.directory, "add", "-A");
    return done;
  }
}

/** New content for a file that keeps its syntax. */
function contentFor(file: string, fresh: string): string {
  if (file.endsWith(".json")) return `{ "value": ${JSON.stringify(fresh)} }\n`;
  if (file === "modules/default.nix") return `{ all = import ./two.nix; fresh = ${JSON.stringify(fresh)}; }\n`;
  if (file.endsWith(".nix")) return `{ one = ${JSON.stringify(fresh)}; }\n`;
  return `${fresh}\n`;
}

async function write({ fleet, random, files, fresh }: Editor): Promise<string | undefined> {
  const file = random.pick(files.filter((each) => !isFixed(each)));
  if (await isLink(fleet, file)) return undefined;
  await writeFile(join(fleet.directory, file), contentFor(file, fresh));
  return `write ${file}`;
}

async function create({ fleet, random, fresh }: Editor): Promise<string> {
  const places = [
    "data/new.txt",
    "data/list/new",
    "data/list/sub/deep/none",
    "modules/set/new.nix",
    "data/other/new",
    "new/file",
  ];
  const file = random.pick(places);
  await mkdir(dirname(join(fleet.directory, file)), { recursive: true });
  await writeFile(join(fleet.directory, file), contentFor(file, fresh));
  return `create ${file}`;
}

async function remove({ fleet, random, files }: Editor): Promise<string | undefined> {
  const file = random.pick(files.filter((each) => !isFixed(each)));
  // A fleet whose hosts all fail tests little.
  if (files.filter((each) => !isFixed(each)).length < 12 && !file.includes("new")) return undefined;
  await rm(join(fleet.directory, file));
  return `remove ${file}`;
}

async function move({ fleet, random, files }: Editor): Promise<string | undefined> {
  const file = random.pick(files.filter((each) => !isFixed(each)));
  const target = random.pick(["data/a.txt", "data/b.txt", "data/list/x", "data/moved.txt", "modules/one.nix"]);
  if ((await isLink(fleet, file)) || file.endsWith(".nix") !== target.endsWith(".nix")) return undefined;
  await mkdir(dirname(join(fleet.directory, target)), { recursive: true });
  await rm(join(fleet.directory, target), { force: true });
  if (file !== target) await rename(join(fleet.directory, file), join(fleet.directory, target));
  return `move ${file} to ${target}`;
}

async function changeMode({ fleet, random, files }: Editor): Promise<string | undefined> {
  const file = random.pick(files.filter((each) => !each.startsWith("kinds/")));
  if (await isLink(fleet, file)) return undefined;
  const mode = random.pick([0o644, 0o755]);
  await chmod(join(fleet.directory, file), mode);
  return `chmod ${mode.toString(8)} ${file}`;
}

async function changeLink({ fleet, random }: Editor): Promise<string> {
  const [link, target] = random.pick([
    ["data/link", "a.txt"],
    ["data/link", "b.txt"],
    ["data/link", "nowhere"],
    ["data/dirlink", "list"],
    ["data/dirlink", "other"],
    ["data/a.txt", "b.txt"],
    ["data/list/x", "../b.txt"],
  ] as const);
  await mkdir(dirname(join(fleet.directory, link)), { recursive: true });
  await rm(join(fleet.directory, link), { force: true });
  await symlink(target, join(fleet.directory, link));
  return `link ${link} to ${target}`;
}

async function save({ fleet, fresh }: Editor): Promise<string> {
  await commit(fleet, fleet.directory, fresh);
  return "commit";
}

async function saveNothing({ fleet, fresh }: Editor): Promise<string> {
  await git(fleet, fleet.directory, "stash", "-q");
  await git(fleet, fleet.directory, "commit", "-q", "--allow-empty", "-m", fresh);
  return "drop changes and commit nothing";
}

/** Back to what was there once: records of that time are good again. */
async function undo({ fleet, random }: Editor): Promise<string> {
  await git(fleet, fleet.directory, "checkout", "-q", `HEAD~${random.below(2)}`, "--", ".").catch(() => {});
  return "check out an earlier commit's files";
}

async function changeInput({ fleet, random, fresh }: Editor): Promise<string> {
  const name = random.pick(["leaf", "plain", "middle"]);
  const directory = fleet.inputs[name] ?? "";
  const file = name === "plain" ? "data.txt" : random.pick(["flake.nix", "note.txt"]);
  if (name === "leaf" && file === "flake.nix")
    await writeFile(join(directory, file), `{ outputs = { self }: { value = ${JSON.stringify(fresh)}; }; }\n`);
  else await writeFile(join(directory, file === "flake.nix" ? "other.txt" : file), `${fresh}\n`);
  await commit(fleet, directory, fresh);
  // Until 2.18 it was an option of another command.
  const update = nix(fleet, ["flake", "update", name]).catch(() =>
    nix(fleet, ["flake", "lock", "--update-input", name]),
  );
  await update;
  return `update the input ${name}`;
}

async function writeReadme({ fleet, fresh }: Editor): Promise<string> {
  await writeFile(join(fleet.directory, "README.md"), `${fresh}\n`);
  return "write README.md";
}

function isFixed(file: string): boolean {
  return file === "flake.nix" || file === "flake.lock" || file.startsWith("kinds/");
}

async function isLink({ directory }: TestFleet, file: string): Promise<boolean> {
  return (await lstat(join(directory, file))).isSymbolicLink();
}

async function filesIn(directory: string, below = ""): Promise<readonly string[]> {
  const entries = await readdir(join(directory, below), { withFileTypes: true });
  const lists = await Promise.all(
    entries
      .filter(({ name }) => name !== ".git")
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry) => {
        const path = join(below, entry.name);
        return entry.isDirectory() ? filesIn(directory, path) : [path];
      }),
  );
  return lists.flat();
}
