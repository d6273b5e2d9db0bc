import { readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";

import { tempDir } from "@flurry/core";
import type { TempDir } from "@flurry/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { lintTarball, packAll, publishedPackages, repositoryRoot } from "../src/index.ts";
import type { PackedPackage } from "../src/index.ts";

/** Files that are read at run time by other means than an import. */
const runtimeFiles: Readonly<Record<string, readonly string[]>> = {
  flurry: [
    "bin/flurry.js",
    ...["flurry.js", "nix-worker.js", "rekey-worker.js", "LICENSES.txt"].map((file) => `dist/bundle/${file}`),
    ...["deploy/supervisor/main.sh", "nix/recorder/prebuilt/linux-x64.so", "nix/recorder/recorder.c"].map(
      (file) => `dist/bundle/assets/${file}`,
    ),
  ],
  "@flurry/deploy": ["head", "processes", "lock", "record", "steps", "settle", "verbs", "main"].map(
    (part) => `supervisor/${part}.sh`,
  ),
  "@flurry/nix": ["dist/pool/worker.js"],
  "@flurry/schema": ["fleet.schema.json"],
};

const packages = await publishedPackages();
let directory: TempDir;
const packed = new Map<string, PackedPackage>();

beforeAll(async () => {
  directory = await tempDir("flurry-tarballs");
  for (const each of await packAll(packages, directory.path)) packed.set(each.package.name, each);
});

afterAll(() => directory[Symbol.asyncDispose]());

function tarballOf(name: string): PackedPackage {
  const found = packed.get(name);
  if (found === undefined) throw new Error(`${name} was not packed`);
  return found;
}

it("publishes the flurry command and packages of the scope", () => {
  expect(packages.length).toBeGreaterThanOrEqual(6);
  const names = packages.map(({ folder }) => (folder === "cli" ? "flurry" : `@flurry/${folder}`));
  expect(packages.map(({ name }) => name)).toEqual(names);
});

describe.each(packages.map(({ name }) => name))("the tarball of %s", (name) => {
  it("is clean for publint and attw", async () => {
    expect(await lintTarball(tarballOf(name).tarball)).toEqual([]);
  });

  it("has a README, the license, and sources for its source maps", async () => {
    const { files, package: published } = tarballOf(name);
    expect(missingFrom(files, ["README.md", "LICENSE", "package.json", "src/index.ts"])).toEqual([]);
    expect(published.manifest.license).toBe("MIT");
    expect(published.manifest.private).toBeUndefined();
    const license = await readFile(join(published.directory, "LICENSE"), "utf8");
    expect(license).toBe(await readFile(join(repositoryRoot, "LICENSE"), "utf8"));
  });

  it("has no tests and nothing of the build but its output", () => {
    const paths = tarballOf(name).files.map(({ path }) => path);
    expect(paths.filter((path) => /\.test\.|(^|\/)tests\/|\.tsbuildinfo$|^tsconfig|^turbo\.json$/.test(path))).toEqual(
      [],
    );
  });

  it("has the files that are read at run time", async () => {
    const { files, package: published } = tarballOf(name);
    const paths = files.map(({ path }) => path);
    expect(missingFrom(files, runtimeFiles[name] ?? [])).toEqual([]);
    const wanted = await filesByUrl(published.directory, paths);
    expect(wanted.filter(({ path }) => !paths.some((packedPath) => packedPath.startsWith(path)))).toEqual([]);
  });

  it("has programs that can be run", async () => {
    const { files, package: published } = tarballOf(name);
    for (const program of Object.values(published.manifest.bin ?? {})) {
      const path = normalize(program);
      const text = await readFile(join(published.directory, path), "utf8");
      expect(text.split("\n")[0]).toBe("#!/usr/bin/env node");
      expect(files.find((file) => file.path === path)?.mode.toString(8)).toMatch(/755$/);
    }
  });
});

function missingFrom(files: PackedPackage["files"], wanted: readonly string[]): readonly string[] {
  return wanted.filter((path) => !files.some((file) => file.path === path));
}

/** The fixed beginnings of paths in `new URL("…", import.meta.url)`, relative to the package. */
async function filesByUrl(
  root: string,
  paths: readonly string[],
): Promise<readonly { readonly from: string; readonly path: string }[]> {
  const scripts = paths.filter((path) => path.endsWith(".js"));
  const found = await Promise.all(
    scripts.map(async (from) => {
      const text = await readFile(join(root, from), "utf8");
      const urls = [...text.matchAll(/new URL\(\s*["'`](\.[^"'`$]*)/g)].map((match) => match[1] ?? "");
      return urls.map((url) => ({ from, path: normalize(join(dirname(from), url)) }));
    }),
  );
  return found.flat();
}
