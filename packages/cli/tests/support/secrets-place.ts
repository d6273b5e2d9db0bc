import { accessSync, constants } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import { runProcess, tempDir } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";
import { newIdentity } from "@flurry/secrets";

import { runHere } from "./run-here.ts";

/** Flurry as it is installed. */
export const bin = fileURLToPath(new URL("../../bin/flurry.js", import.meta.url));

const cache =
  process.env["FLURRY_INTEROP_DIR"] ??
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "flurry-interop");
const toolPath = [join(cache, "bin"), process.env["PATH"] ?? ""].join(delimiter);

/** Whether a program is there; scripts/install-interop-tools.sh installs them for CI, where a missing one is a failure. */
export function hasTool(name: string): boolean {
  if (process.env["CI"] !== undefined) return true;
  return toolPath.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Releases of sops that are there, the oldest first: those of scripts/install-interop-tools.sh. */
export const sopsReleases: readonly string[] = (process.env["FLURRY_INTEROP_SOPS"] ?? "3.7.3 3.9.4 3.12.2")
  .split(" ")
  .map((version) => `sops-${version}`)
  .concat("sops")
  .filter(hasTool);

/** A folder of a person with one private key, a rule for new files and nothing else. */
export interface SecretsPlace extends AsyncDisposable {
  readonly path: string;
  readonly recipient: string;
  readonly env: Record<string, string>;
  /** Runs `flurry secrets` in this process and hands back how it ended. */
  flurry(words: readonly string[], more?: RunMore): Promise<Ended>;
  /** The same as a process of its own: where it matters what a process gives and leaves to others. */
  spawn(words: readonly string[], more?: RunMore): Promise<ProcessResult>;
  /** Runs `flurry secrets` in this process, which must end well, and returns what it prints. */
  ok(words: readonly string[], more?: RunMore): Promise<string>;
  run(file: string, args: readonly string[], more?: RunMore): Promise<ProcessResult>;
  put(name: string, content: string | Uint8Array): Promise<string>;
  read(name: string): Promise<Buffer>;
  /** A file as sops decrypts it. */
  sops(name: string): Promise<string>;
}

/** How a run ended. */
export type Ended = Pick<ProcessResult, "exitCode" | "stdout" | "stderr">;

export interface RunMore {
  readonly stdin?: string | Uint8Array;
  readonly env?: Record<string, string>;
}

export async function secretsPlace(): Promise<SecretsPlace> {
  const dir = await tempDir("flurry-secrets-test");
  const { secret, recipient } = await newIdentity("x25519");
  const home = join(dir.path, "home");
  const work = join(dir.path, "work");
  await mkdir(work);
  await mkdir(join(home, ".config/sops/age"), { recursive: true });
  await writeFile(join(home, ".config/sops/age/keys.txt"), `${secret}\n`, { mode: 0o600 });
  await writeFile(join(work, ".sops.yaml"), `creation_rules:\n  - path_regex: ^team/\n    age: ${recipient}\n`);
  const env = { PATH: toolPath, HOME: home, TMPDIR: join(dir.path, "tmp"), TZ: "UTC" };
  await mkdir(env.TMPDIR);
  const run = (file: string, args: readonly string[], { stdin, env: extra }: RunMore = {}): Promise<ProcessResult> =>
    runProcess(file, args, {
      cwd: work,
      env: { ...env, ...extra },
      timeoutMs: 100_000,
      ...(stdin === undefined ? {} : { stdin }),
    });
  const flurry = (words: readonly string[], { stdin, env: extra }: RunMore = {}): Promise<Ended> =>
    runHere(["secrets", ...words], { cwd: work, env: { ...env, ...extra }, stdin });
  const good = ({ exitCode, stdout, stderr }: Ended, what: string): string => {
    if (exitCode !== 0) throw new Error(`${what} ended with ${exitCode}: ${stderr}`);
    return stdout;
  };
  return {
    path: work,
    recipient,
    env,
    flurry,
    spawn: (words, more) => run(process.execPath, [bin, "secrets", ...words], more),
    run,
    ok: async (words, more) => good(await flurry(words, more), words.join(" ")),
    put: async (name, content) => {
      await writeFile(join(work, name), content);
      return join(work, name);
    },
    read: (name) => readFile(join(work, name)),
    sops: async (name) => good(await run("sops", ["-d", name]), `sops -d ${name}`),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
