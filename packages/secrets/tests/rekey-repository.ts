import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { tempDir } from "@flurry/core";
import type { TempDir } from "@flurry/core";
import { generateX25519Identity, identityToRecipient } from "age-encryption";

import { encryptSops } from "../src/sops/encrypt-document.ts";
import { ageWrapper } from "../src/sops/keys/age.ts";
import { sopsFormatOf } from "../src/sops/stores/stores.ts";

/** A key pair of somebody. */
export interface KeyPair {
  readonly identity: string;
  readonly recipient: string;
}

export async function keyPair(): Promise<KeyPair> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** A folder of files of secrets with a `.sops.yaml`. */
export interface Repository extends AsyncDisposable {
  readonly root: string;
  put(name: string, content: string | Uint8Array, mode?: number): Promise<void>;
  /** Encrypts and writes a file. */
  encrypt(name: string, plain: string, readers: readonly KeyPair[]): Promise<void>;
  read(name: string): Promise<string>;
  /** Every file with its content and mode, without what Flurry leaves in `.flurry`. */
  snapshot(): Promise<ReadonlyMap<string, string>>;
  /** Makes the lock of a process that died look old enough to be taken over. */
  ageLocks(): Promise<void>;
}

export async function repository(): Promise<Repository> {
  // In memory where there is a place for it: what is synced to a disk takes its time.
  const dir: TempDir = await tempDir("flurry-rekey", existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
  const root = dir.path;
  const put = async (name: string, content: string | Uint8Array, mode = 0o644): Promise<void> => {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content, { mode });
  };
  return {
    root,
    put,
    encrypt: async (name, plain, readers) => {
      const groups = [readers.map(({ recipient }) => ageWrapper(recipient))];
      const now = new Date("2026-01-01T00:00:00Z");
      await put(name, await encryptSops(Buffer.from(plain), { format: sopsFormatOf(name), groups, now }));
    },
    read: (name) => readFile(join(root, name), "utf8"),
    snapshot: () => snapshotOf(root),
    ageLocks: async () => {
      const long = new Date(Date.now() - 60_000);
      await utimes(join(root, ".flurry", "secrets.lock"), long, long).catch(() => {});
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

async function snapshotOf(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.startsWith(join(root, ".flurry"))) continue;
    const mode = (await stat(path)).mode & 0o777;
    found.set(path.slice(root.length + 1), `${mode.toString(8)} ${await readFile(path, "utf8")}`);
  }
  return found;
}
