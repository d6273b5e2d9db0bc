import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { TempDir } from "@flurry/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { consumerProject, packAll, publishedPackages, readmeExample } from "../src/index.ts";
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
/** What the compiler says of all examples. */
let complaints: string;

beforeAll(async () => {
  tarballs = await tempDir("flurry-tarballs");
  home = await tempDir("flurry-consumer");
  const packed = await packAll(packages, tarballs.path);
  project = await consumerProject(
    home.path,
    packed.map(({ tarball }) => tarball),
  );
  complaints = await project.compile(await writeExamples(project));
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

it("compiles the examples of all READMEs against the installed packages", () => {
  expect(complaints).toBe("");
});

describe.each(packages.map(({ name, directory, folder }) => ({ name, directory, folder })))(
  "the example in the README of $name",
  ({ directory, folder }) => {
    it("runs", async () => {
      const { setup = "none" } = await exampleOf(directory);
      if (!isSetupName(setup)) throw new Error(`the README of ${folder} names an unknown setup: ${setup}`);
      const { exitCode, stderr, stdout } = await setups.run(setup, exampleFile(project, folder, "js"));
      expect({ exitCode, said: exitCode === 0 ? "" : stderr + stdout }).toEqual({ exitCode: 0, said: "" });
      expect(stdout).toMatch(expectedOutput[folder] ?? /^/);
    });
  },
);

async function writeExamples(consumer: ConsumerProject): Promise<readonly string[]> {
  await mkdir(join(consumer.directory, "examples"));
  return await Promise.all(
    packages.map(async ({ directory, folder }) => {
      const file = exampleFile(consumer, folder, "ts");
      await writeFile(file, (await exampleOf(directory)).code);
      return file;
    }),
  );
}

function exampleFile(consumer: ConsumerProject, folder: string, extension: "ts" | "js"): string {
  return join(consumer.directory, "examples", `${folder}.${extension}`);
}

async function exampleOf(directory: string): Promise<ReadmeExample> {
  const example = readmeExample(await readFile(join(directory, "README.md"), "utf8"));
  if (example === undefined) throw new Error(`the README in ${directory} has no block of TypeScript`);
  return example;
}
