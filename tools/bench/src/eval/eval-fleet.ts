import { appendFile, cp } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError, runProcess, tempDir } from "@flurry/core";
import { machineExec, prepareSyntheticFleet } from "@flurry/lab";
import { describeFlake, lockFlake } from "@flurry/nix";

import type { Run } from "../measure/measure.ts";
import type { EvalStep } from "./eval-steps.ts";

/** A fleet whose hosts are evaluated: a git repository that can be edited. */
export interface EvalFleet extends AsyncDisposable {
  /** Where its flake is. */
  readonly directory: string;
  readonly hosts: readonly string[];
  /** The host that gets an edit of its own. */
  readonly edited: string;
  /** Steps for which it is known what to edit. */
  readonly steps: ReadonlySet<EvalStep["name"]>;
  /** Makes the change that a step begins with. */
  change(step: EvalStep["name"]): Promise<void>;
  /** Runs words as one contender, whose caches are empty at first and its own. */
  runAs(contender: string): Run;
}

/** Which fleet to evaluate. */
export interface EvalFleetOptions {
  /** A flake reference; the fixtures' fleet unless given. */
  readonly flake: string | undefined;
  /** How many hosts; the first of a real flake's. */
  readonly hosts: number;
  /** The host to edit; the first unless given. */
  readonly host: string | undefined;
  /** A Nix file that only this host reads, relative to the flake. */
  readonly hostFile: string | undefined;
  /** A Nix file that hosts share, relative to the flake. */
  readonly sharedFile: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Makes a fleet: a copy of the flake's source as it is now, or one of the fixtures.
 *
 * @throws FlurryError for a flake that cannot be read or has no such host; LabError for fixtures that cannot be made
 */
export async function makeEvalFleet(options: EvalFleetOptions): Promise<EvalFleet> {
  const temp = await tempDir("flurry-bench-eval");
  try {
    const { directory, hosts, env, hostFile, sharedFile } =
      options.flake === undefined
        ? await fixtureFleet(temp.path, options.hosts)
        : await copiedFleet(temp.path, { ...options, flake: options.flake });
    const edited = options.host ?? hosts[0] ?? "";
    if (!hosts.includes(edited))
      throw new FlurryError("FLURRY_USAGE", `there is no host ${JSON.stringify(edited)} among ${hosts.join(", ")}`);
    const files = { one: hostFile, shared: sharedFile, readme: "README.md" };
    let edits = 0;
    const edit = async (file: string | undefined): Promise<void> => {
      if (file === undefined) return;
      edits += 1;
      await appendFile(join(directory, file), `# edit ${edits}\n`);
      await git(directory, "add", "--all", ".");
    };
    return {
      directory,
      hosts,
      edited,
      steps: new Set([
        "cold",
        "unchanged",
        "readme",
        "commit",
        ...(hostFile === undefined ? [] : (["one"] as const)),
        ...(sharedFile === undefined ? [] : (["shared"] as const)),
      ]),
      change: async (step) => {
        if (step === "commit") await git(directory, "commit", "--quiet", "--message", "Edit");
        else if (step === "readme" || step === "one" || step === "shared") await edit(files[step]);
      },
      runAs: (contender) => {
        const own = { ...env, XDG_CACHE_HOME: join(temp.path, "caches", contender) };
        return async ([file = "", ...args], rest) => runProcess(file, args, { ...rest, env: own });
      },
      [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
    };
  } catch (error) {
    await temp[Symbol.asyncDispose]();
    throw error;
  }
}

interface FleetFiles {
  readonly directory: string;
  readonly hosts: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly hostFile: string | undefined;
  readonly sharedFile: string | undefined;
}

async function fixtureFleet(root: string, count: number): Promise<FleetFiles> {
  const directory = join(root, "fleet");
  const hosts = Array.from({ length: count }, (_, index) => ({
    name: `host-${String(index + 1).padStart(2, "0")}`,
    address: `10.0.1.${index + 1}`,
  }));
  await prepareSyntheticFleet({ directory, hosts, exec: machineExec(process.env) });
  const env = { ...process.env, NIX_CONFIG: "substituters =\nbuild-users-group =\nflake-registry =" };
  const names = hosts.map(({ name }) => name);
  const hostFile = `hosts/${names[0]}/default.nix`;
  return { directory, hosts: names, env, hostFile, sharedFile: "modules/common.nix" };
}

async function copiedFleet(
  root: string,
  { flake, hosts: count, hostFile, sharedFile, signal }: EvalFleetOptions & { readonly flake: string },
): Promise<FleetFiles> {
  const context = { cwd: process.cwd(), env: process.env };
  const locked = await lockFlake(flake, context, { signal });
  const { nixosConfigurations } = await describeFlake(locked, context, { signal });
  const top = join(root, "fleet");
  await cp(locked.storePath, top, { recursive: true, verbatimSymlinks: true });
  // What is in the store is read-only.
  await checked("chmod", ["-R", "u+w", top]);
  const directory = join(top, locked.subdirectory ?? "");
  await git(top, "init", "--quiet");
  await git(top, "add", "--all", ".");
  await git(top, "commit", "--quiet", "--message", "Import the fleet");
  return { directory, hosts: nixosConfigurations.slice(0, count), env: process.env, hostFile, sharedFile };
}

async function git(directory: string, ...words: readonly string[]): Promise<void> {
  const settings = ["user.name=Operator", "user.email=operator@example.org", "commit.gpgsign=false"];
  await checked("git", [...settings.flatMap((setting) => ["-c", setting]), "-C", directory, ...words]);
}

async function checked(program: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runProcess(program, args);
  if (exitCode !== 0)
    throw new FlurryError("FLURRY_PROCESS_FAILED", `${program} ended with ${exitCode}`, { details: stderr });
}
