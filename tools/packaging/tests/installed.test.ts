import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { TempDir } from "@flurry/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { consumerProject, pack, publishedPackages, readmeExample } from "../src/index.ts";
import type { ConsumerProject, ReadmeExample } from "../src/index.ts";
import { ExampleSetups, isSetupName } from "./example-setups.ts";

/** What an example prints when it worked, by the package's folder. */
const expectedOutput: Readonly<Record<string, RegExp>> = {
  cli: /^$/,
  core: /^0 Linux .*\necho 'it'"'"'s quoted'\nFLURRY_PROCESS_NOT_FOUND/,
  deploy: /^nas (deployed|unchanged)/m,
  nix: /^nas \/nix\/store\/.*\.drv$/m,
  ssh: /^0 running on port 22$/m,
  schema: /^fleet\.yaml:3:14 .*\n\[ \[ '10\.0\.20\.1' \] \]/,
};

const packages = await publishedPackages();
let tarballs: TempDir;
let home: TempDir;
let project: ConsumerProject;
let setups: ExampleSetups;

beforeAll(async () => {
  tarballs = await tempDir("flurry-tarballs");
  home = await tempDir("flurry-consumer");
  const packed = [];
  for (const published of packages) packed.push(await pack(published, tarballs.path));
  project = await consumerProject(
    home.path,
    packed.map(({ tarball }) => tarball),
  );
  setups = new ExampleSetups();
}, 400_000);

afterAll(async () => {
  await setups?.[Symbol.asyncDispose]();
  for (const directory of [home, tarballs]) await directory?.[Symbol.asyncDispose]();
});

describe("the flurry command of an empty project", () => {
  it("prints its version and nothing else", async () => {
    const own = packages.find(({ name }) => name === "flurry");
    const { stdout } = await project.npx(["flurry", "--version"]);
    expect(stdout).toBe(`${own?.manifest.version}\n`);
  });

  it("prints its help", async () => {
    const { stdout } = await project.npx(["flurry", "--help"]);
    expect(stdout).toContain("Usage: flurry COMMAND");
    expect(stdout).toContain("deploy");
  });

  it("loads what a command needs", async () => {
    const { stdout } = await project.npx(["flurry", "eval", "--help"]);
    expect(stdout).toContain("Usage: flurry eval");
    await expect(project.npx(["flurry", "eval", "-C", home.path])).rejects.toThrow("FLURRY_FLEET_NOT_FOUND");
  });
});

describe.each(packages.map(({ name, directory, folder }) => ({ name, directory, folder })))(
  "the example in the README of $name",
  ({ directory, folder }) => {
    it("compiles against the installed packages and runs", async () => {
      const example = requiredExample(await readFile(join(directory, "README.md"), "utf8"), folder);
      const file = join(project.directory, "examples", `${folder}.ts`);
      await mkdir(join(project.directory, "examples"), { recursive: true });
      await writeFile(file, example.code);
      const script = await project.compile(file);
      const setup = example.setup ?? "none";
      if (!isSetupName(setup)) throw new Error(`the README of ${folder} names an unknown setup: ${setup}`);
      const { exitCode, stderr, stdout } = await setups.run(setup, script);
      expect({ exitCode, said: exitCode === 0 ? "" : stderr + stdout }).toEqual({ exitCode: 0, said: "" });
      expect(stdout).toMatch(expectedOutput[folder] ?? /^/);
    });
  },
);

function requiredExample(markdown: string, folder: string): ReadmeExample {
  const example = readmeExample(markdown);
  if (example === undefined) throw new Error(`the README of ${folder} has no block of TypeScript`);
  return example;
}
