import { randomUUID } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { runProcess, tempDir } from "@flurry/core";
import type { FleetEventBody } from "@flurry/core";
import type { Evaluation, EvaluationRequest, LockedFlake, NixContext, NixPool } from "@flurry/nix";

/** A directory with a flake, and a place to run nix in that nothing of the developer's reaches into. */
export interface TestFlake extends AsyncDisposable {
  readonly directory: string;
  readonly root: string;
  readonly context: NixContext;
  /** Different in each test, so that what is built is new. */
  readonly nonce: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  git(...args: readonly string[]): Promise<void>;
  /** What nix prints, with flakes. */
  nix(...args: readonly string[]): Promise<string>;
}

/** Makes a flake of the files. `NONCE` in them becomes something new. */
export async function testFlake(files: Readonly<Record<string, string>>): Promise<TestFlake> {
  const temp = await tempDir("flurry-nix-test");
  const nonce = randomUUID();
  const directory = join(temp.path, "fleet");
  const env = {
    PATH: process.env["PATH"],
    HOME: join(temp.path, "home"),
    NIX_CONFIG: "substituters =\nbuild-users-group =\nsandbox = false\nmax-jobs = 2",
  };
  const write: TestFlake["write"] = async (more) => {
    for (const [name, text] of Object.entries(more)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text.replaceAll("NONCE", nonce));
    }
  };
  await mkdir(env.HOME, { recursive: true });
  await mkdir(directory);
  await write(files);
  // So that the tests can be run with other versions of nix.
  const program = process.env["FLURRY_TEST_NIX"];
  return {
    directory,
    root: temp.path,
    nonce,
    context: { cwd: directory, env, ...(program === undefined ? {} : { nix: program }) },
    nix: async (...args) => {
      const flakes = ["--extra-experimental-features", "nix-command flakes"];
      const { exitCode, stdout, stderr } = await runProcess(program ?? "nix", [...flakes, ...args], {
        cwd: directory,
        env,
      });
      if (exitCode !== 0) throw new Error(stderr);
      return stdout;
    },
    write,
    git: async (...args) => {
      const identity = ["-c", "user.name=Alice", "-c", "user.email=alice@example.org"];
      const { exitCode, stderr } = await runProcess("git", [...identity, ...args], { cwd: directory, env });
      if (exitCode !== 0) throw new Error(stderr);
    },
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

/** A flake of hosts that look like NixOS from outside. Each host is what follows `toplevel =`, with `drv NAME SCRIPT EXTRA` to make it. */
export function flakeOf(hosts: Readonly<Record<string, string>>, more = ""): Readonly<Record<string, string>> {
  const all = Object.entries(hosts).map(
    ([name, toplevel]) => `${JSON.stringify(name)}.config.system.build.toplevel = ${toplevel};`,
  );
  return {
    "flake.nix": `{
  outputs = { self }: let
    drv = name: script: extra: derivation ({
      inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" script ]; nonce = "NONCE";
    } // extra);
    ok = name: drv "nixos-\${name}" "echo $nonce > $out" { };
  in {
    nixosConfigurations = {
      ${all.join("\n      ")}
    };
    ${more}
  };
}
`,
  };
}

/** Requests for hosts under nixosConfigurations. */
export function requests(...hosts: readonly string[]): readonly EvaluationRequest[] {
  return hosts.map((host) => ({ host, attrPath: ["nixosConfigurations", host] }));
}

/** Evaluates and gathers by host. */
export async function evaluateAll(
  pool: NixPool,
  flake: LockedFlake,
  hosts: readonly string[],
): Promise<ReadonlyMap<string, Evaluation>> {
  const results = new Map<string, Evaluation>();
  for await (const evaluation of pool.evaluate(flake, requests(...hosts))) results.set(evaluation.host, evaluation);
  return results;
}

/** Takes events and keeps them. */
export function recorder(): { readonly events: FleetEventBody[]; readonly emit: (event: FleetEventBody) => void } {
  const events: FleetEventBody[] = [];
  return { events, emit: (event) => void events.push(event) };
}

/** Command lines of living processes that hold a word, found through /proc. */
export async function processesWith(word: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (`${text}\0${environment}`.includes(word)) found.push(`${pid} ${text.replaceAll("\0", " ").slice(0, 100_000)}`);
  }
  return found;
}

/** Waits until something holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`timed out waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
