import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

import { tempDir } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";

import { main } from "../../src/main.ts";
import type { Services } from "../../src/services.ts";
import { fakeContext } from "./fake-context.ts";
import type { FakeOptions } from "./fake-context.ts";

/** What a command line came to. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A directory in which a test runs commands, with a git that only notes what it is asked. */
export class TestRepository implements AsyncDisposable {
  readonly directory: string;
  /** The words of every git that was run. */
  readonly git: string[] = [];
  /** Fails git with this text on standard error. */
  gitFails: string | undefined;
  readonly #dispose: () => Promise<void>;

  private constructor(directory: string, dispose: () => Promise<void>) {
    this.directory = directory;
    this.#dispose = dispose;
  }

  /** Makes one with these files. */
  static async with(files: Readonly<Record<string, string>>): Promise<TestRepository> {
    const dir = await tempDir("flurry-repository");
    const repository = new TestRepository(dir.path, async () => await dir[Symbol.asyncDispose]());
    for (const [path, text] of Object.entries(files)) await repository.write(path, text);
    return repository;
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.directory, path)), { recursive: true });
    await writeFile(join(this.directory, path), text);
  }

  async read(path: string): Promise<string> {
    return await readFile(join(this.directory, path), "utf8");
  }

  async remove(path: string): Promise<void> {
    await rm(join(this.directory, path));
  }

  /** The texts of all files by their paths. */
  async files(): Promise<Readonly<Record<string, string>>> {
    const entries = await readdir(this.directory, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
    return Object.fromEntries(paths.map((path, index) => [relative(this.directory, path), texts[index] ?? ""]));
  }

  /** Runs one command line; DIR stands for the directory in what it prints. */
  async flurry(words: readonly string[], options: FakeOptions = {}): Promise<Ran> {
    const runProcess: Services["runProcess"] = async (file, args) => await this.#answer(file, args);
    const completeLockFile: Services["completeLockFile"] = async (directory) =>
      await writeFile(join(directory, "flake.lock"), "{}\n");
    const context = fakeContext({
      cwd: this.directory,
      ...options,
      services: { runProcess, completeLockFile, ...options.services },
    });
    const code = await main(words, context);
    const clean = (text: string): string => text.replaceAll(this.directory, "DIR");
    return { code, out: clean(context.out()), err: clean(context.err()) };
  }

  async #answer(file: string, args: readonly string[]): Promise<ProcessResult> {
    if (file === "nix-instantiate") return { exitCode: 0, signal: null, stdout: "", stderr: "" };
    if (file !== "git") throw new Error(`the test runs no ${file}`);
    this.git.push(args.join(" "));
    const failed = this.gitFails !== undefined && args[0] === "add";
    return { exitCode: failed ? 1 : 0, signal: null, stdout: "", stderr: failed ? (this.gitFails ?? "") : "" };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispose();
  }
}
