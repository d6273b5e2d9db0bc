import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { runProcess } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { loadPolicy } from "../src/policy/load-policy.ts";
import { planRekey } from "../src/rekey/plan.ts";
import { rekey } from "../src/rekey/rekey.ts";
import { interruptedWrites, recoverWrites } from "../src/rekey/transaction.ts";
import { parseSops } from "../src/sops/document.ts";
import { diskStates, layDown, readDisk, shapeOf, withoutFlurry } from "./disk-states.ts";
import type { Disk } from "./disk-states.ts";
import { keyPair, repository } from "./rekey-repository.ts";
import type { KeyPair, Repository } from "./rekey-repository.ts";

const files = 50;
const [alice, nas, web] = await Promise.all([keyPair(), keyPair(), keyPair()]);
const script = fileURLToPath(new URL("crash-at-write.mjs", import.meta.url));
const nameOf = (index: number): string => `secrets/f${index}.yaml`;

/** The files before anything, and what is on the disk at each step of one rekeying, up to its end. */
let old: Repository;
let states: readonly Disk[];
beforeAll(async () => {
  old = await repository();
  // One of two changes of data key: half of the files lose a reader, the others get one.
  await old.put(
    ".sops.yaml",
    `creation_rules:\n  - path_regex: ^secrets/\n    age: ${alice.recipient},${nas.recipient}\n`,
  );
  for (let index = 0; index < files; index++) {
    const readers: KeyPair[] = index % 2 === 0 ? [alice] : [alice, nas, web];
    await old.encrypt(nameOf(index), `password: secret ${index}\n`, readers);
  }
  await using whole = await repository();
  await cp(old.root, whole.root, { recursive: true });
  states = diskStates((await run(whole.root)).stdout);
});
afterAll(() => old[Symbol.asyncDispose]());

async function run(root: string, step?: number): Promise<ProcessResult> {
  const words = [script, root, alice.identity, ...(step === undefined ? [] : [String(step)])];
  return runProcess(process.execPath, words, { timeoutMs: 60_000, maxOutputBytes: 256 * 1024 * 1024 });
}

type State = "before" | "after" | "mixed";

/** Whether the files are all as they were, or all as they are to be: to the byte, and no other file beside them. */
function stateOf(disk: Disk): State {
  const now = JSON.stringify([...withoutFlurry(disk)]);
  const is = (state: Disk | undefined): boolean => now === JSON.stringify([...withoutFlurry(state ?? new Map())]);
  if (is(states[0])) return "before";
  return is(states.at(-1)) ? "after" : "mixed";
}

/** A repository as a crash in the middle of the writing leaves it. */
async function interrupted(): Promise<Repository> {
  const repo = await repository();
  layDown(states.find((disk) => changedIn(disk) === 3) ?? new Map(), repo.root);
  await repo.ageLocks();
  return repo;
}

function changedIn(disk: Disk): number {
  return [...(states[0] ?? [])].filter(([name, content]) => name.startsWith("secrets/") && disk.get(name) !== content)
    .length;
}

describe("a rekeying of 50 files that is killed", () => {
  it("at any write leaves, after the next run, all files as before or all as after", async () => {
    expect(states.length).toBeGreaterThan(4 * files);
    const last = states.at(-1) ?? new Map<string, string>();
    expect(changedIn(last)).toBe(files);
    for (const [name, content] of last) {
      if (!name.endsWith(".yaml") || name === ".sops.yaml") continue;
      parseSops(Buffer.from(content.slice(content.indexOf(" ") + 1), "base64"), { format: "yaml", file: name });
    }
    const seen = { before: 0, after: 0, mixed: 0 };
    await using repo = await repository();
    for (const [step, disk] of states.entries()) {
      layDown(disk, repo.root);
      await repo.ageLocks();
      const waiting = await interruptedWrites(repo.root);
      const state = stateOf(disk);
      seen[state] += 1;
      const recovery = await recoverWrites(repo.root);
      expect(recovery?.what, `step ${step}`).toBe(waiting?.what);
      expect(recovery?.files.length ?? files, `step ${step}`).toBe(files);
      const expected = recovery === undefined ? state : "after";
      expect([stateOf(readDisk(repo.root)), expected !== "mixed"], `step ${step}`).toEqual([expected, true]);
    }
    // Otherwise nothing was tried.
    expect(seen.before).toBeGreaterThan(3);
    expect(seen.mixed).toBeGreaterThan(4 * files);
    expect(seen.after).toBeGreaterThan(3);
  });

  it("leaves what is looked at above", async () => {
    for (const share of [0.01, 0.03, 0.5, 0.99]) {
      const step = Math.ceil(states.length * share);
      await using repo = await repository();
      await cp(old.root, repo.root, { recursive: true });
      expect(await run(repo.root, step)).toMatchObject({ signal: "SIGKILL" });
      const first = states[0] ?? new Map<string, string>();
      // The temporary names and what is encrypted are other ones in each run.
      expect(shapeOf(readDisk(repo.root), first), `step ${step}`).toEqual(
        shapeOf(states[step - 1] ?? new Map(), first),
      );
    }
  });

  it("is ended by the next rekeying as well", async () => {
    await using repo = await interrupted();
    expect(stateOf(readDisk(repo.root))).toBe("mixed");
    const { policy } = await loadPolicy({ cwd: repo.root });
    const plan = await planRekey(policy);
    expect(plan.drifted.length).toBeGreaterThan(0);
    // What was planned on half of a change does not fit the whole of it.
    const keys = { identities: [{ kind: "native" as const, secret: alice.identity }] };
    await expect(rekey(plan, keys, { now: new Date() })).rejects.toMatchObject({ code: "FLURRY_REKEY_CONFLICT" });
    expect(stateOf(readDisk(repo.root))).toBe("after");
    expect((await planRekey(policy)).drifted).toEqual([]);
  });

  it("is not ended over what somebody wrote since", async () => {
    await using repo = await interrupted();
    await repo.put(nameOf(3), "mine: now\n");
    const before = await repo.snapshot();
    await expect(recoverWrites(repo.root)).rejects.toMatchObject({
      code: "FLURRY_REKEY_CONFLICT",
      hint: expect.stringContaining(`git checkout -- ${nameOf(3)}`),
    });
    const after = await repo.snapshot();
    expect(after.get(nameOf(3))).toBe(before.get(nameOf(3)));
  });
});
