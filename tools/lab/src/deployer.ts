import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";

import { runProcess } from "@flurry/core";
import type { ProcessResult, RunProcessOptions } from "@flurry/core";

import type { FileTree } from "./file-tree.ts";
import type { LabShell } from "./lab-shell.ts";
import { systemPath } from "./supervisor.ts";

/** A running command of the deployer's place. */
export interface LabProcess extends AsyncDisposable {
  /** How it ended, with all that it printed. */
  readonly exited: Promise<ProcessResult>;
  /** Lines of standard output and error as they come. */
  readonly lines: AsyncIterable<string>;
  /** Signals the command and its own process group; default SIGTERM. What it detached lives on, as on any machine. */
  kill(signal?: NodeJS.Signals): void;
}

/** How to run a command in the deployer's place; `env` adds to the deployer's environment. */
export interface LabExecOptions extends RunProcessOptions {
  /** The working directory in this machine's files. Default: the deployer's home. */
  readonly cwd?: string;
}

/** What {@link deployerEnvironment} is made of. */
export interface DeployerPlace {
  readonly directory: string;
  readonly store: "own" | "machine";
  readonly env: NodeJS.ProcessEnv;
}

/** The environment of whoever deploys from the lab: the lab's ssh_config, Nix without network, a home of its own. */
export function deployerEnvironment({ directory, store, env }: DeployerPlace): NodeJS.ProcessEnv {
  const home = deployerHome(directory);
  return {
    PATH: systemPath(env),
    HOME: home,
    USER: "root",
    LANG: "C.UTF-8",
    TERM: env["TERM"] ?? "dumb",
    XDG_CACHE_HOME: join(home, ".cache"),
    SSH_CONFIG_FILE: join(directory, "ssh_config"),
    NIX_CONF_DIR: join(directory, "nix-conf"),
    NIX_CONFIG: [
      "experimental-features = nix-command flakes",
      "substituters =",
      "build-users-group =",
      "sandbox = false",
      "fsync-metadata = false",
      `flake-registry = ${join(directory, "nix-conf", "registry.json")}`,
    ].join("\n"),
    ...(store === "own" ? { NIX_REMOTE: "local" } : {}),
  };
}

/** What the deployer's environment refers to, by its path in the lab's directory. */
export const deployerFiles: FileTree = {
  "home/.gitconfig":
    "[user]\n\tname = Lab\n\temail = lab@example.org\n[init]\n\tdefaultBranch = main\n[safe]\n\tdirectory = *\n",
  "nix-conf/nix.conf": "",
  "nix-conf/registry.json": '{ "flakes": [], "version": 2 }\n',
};

/** The home directory of the deployer. */
export function deployerHome(directory: string): string {
  return join(directory, "home");
}

/** Runs a command in the deployer's place to its end; see core's runProcess. */
export async function execInLab(
  shell: LabShell,
  argv: readonly string[],
  base: NodeJS.ProcessEnv,
  options: LabExecOptions = {},
): Promise<ProcessResult> {
  const { cwd = deployerHome(shell.directory), env, ...rest } = options;
  const [file, ...args] = shell.command(argv, cwd);
  return await runProcess(file, args, { ...rest, env: { ...base, ...env } });
}

/** Starts a command in the deployer's place and returns at once. */
export function spawnInLab(
  shell: LabShell,
  argv: readonly string[],
  base: NodeJS.ProcessEnv,
  options: Pick<LabExecOptions, "cwd" | "env" | "stdin"> = {},
): LabProcess {
  const { cwd = deployerHome(shell.directory), env, stdin } = options;
  const [file, ...args] = shell.command(argv, cwd);
  // Not through runProcess: tests signal this process themselves, in the middle of its work.
  const child = spawn(file, args, { env: { ...base, ...env }, stdio: ["pipe", "pipe", "pipe"], detached: true });
  child.stdin.on("error", () => {});
  child.stdin.end(stdin ?? "");
  const output = collect(child);
  // The number of a group that is gone may soon be that of another one, of a lab's own processes even.
  let isGone = false;
  for (const end of ["exit", "close"]) child.once(end, () => (isGone ||= !signalGroup(child, 0)));
  const kill = (signal: NodeJS.Signals = "SIGTERM"): void => {
    if (!isGone) isGone = !signalGroup(child, signal);
  };
  return {
    exited: output.exited,
    lines: output.lines,
    kill,
    [Symbol.asyncDispose]: async () => {
      kill("SIGKILL");
      await output.exited;
    },
  };
}

interface Output {
  readonly exited: Promise<ProcessResult>;
  readonly lines: AsyncIterable<string>;
}

function collect(child: ChildProcess): Output {
  const text = { stdout: "", stderr: "" };
  const queue: string[] = [];
  let wake = (): void => {};
  let open = true;
  for (const name of ["stdout", "stderr"] as const) {
    let rest = "";
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      queue.push(...lines);
      wake();
    });
  }
  const exited = new Promise<ProcessResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => {
      open = false;
      wake();
      resolve({ exitCode, signal, ...text });
    });
  });
  async function* lines(): AsyncGenerator<string, void> {
    for (;;) {
      const line = queue.shift();
      if (line !== undefined) yield line;
      else if (!open) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }
  return { exited, lines: { [Symbol.asyncIterator]: lines } };
}

/** False when nothing of the group is left. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
