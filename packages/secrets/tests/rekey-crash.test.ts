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
import { keyPair, repository } from "./rekey-repository.ts";
import type { KeyPair, Repository } from "./rekey-repository.ts";

const files = 50;
const [alice, nas, web] = await Promise.all([keyPair(), keyPair(), keyPair()]);
const script = fileURLToPath(new URL("crash-at-write.mjs", import.meta.url));
const nameOf = (index: number): string => `secrets/f${index}.yaml`;

let old: Repository;
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
});
afterAll(() => old[Symbol.asyncDispose]());

async function crash(root: string, step: number): Promise<ProcessResult> {
  return runProcess(process.execPath, [script, root, alice.identity, String(step)], { timeoutMs: 60_000 });
}

/** Whether the files are all as they were, or all as they are to be. */
async function stateOf(repo: Repository): Promise<"before" | "after" | "mixed"> {
  const [before, now] = [await old.snapshot(), await repo.snapshot()];
  const changed = [...before].filter(([name, content]) => now.get(name) !== content).map(([name]) => name);
  if (now.size !== before.size) return "mixed";
  if (changed.length === 0) return "before";
  return changed.length === files ? "after" : "mixed";
}

describe("a rekeying of 50 files that is killed", () => {
  it("at any write leaves, after the next run, all files as before or all as after", { timeout: 600_000 }, async () => {
    await using whole = await repository();
    await cp(old.root, whole.root, { recursive: true });
    const steps = Number((await crash(whole.root, 0)).stdout);
    expect(steps).toBeGreaterThan(4 * files);
    expect(await stateOf(whole)).toBe("after");

    const seen = { before: 0, after: 0, mixed: 0 };
    // Every step of the journal and of the first and last files; of those between, which are alike, every seventh.
    const chosen = Array.from({ length: steps }, (_, index) => index + 1).filter(
      (step) => step <= 24 || step > steps - 12 || step % 7 === 0,
    );
    const queue = chosen.values();
    const work = async (): Promise<void> => {
      for (const step of queue) {
        await using repo = await repository();
        await cp(old.root, repo.root, { recursive: true });
        const end = await crash(repo.root, step);
        expect(end, `step ${step}`).toMatchObject({ signal: "SIGKILL" });
        await repo.ageLocks();
        const interrupted = await interruptedWrites(repo.root);
        seen[await stateOf(repo)] += 1;
        const recovery = await recoverWrites(repo.root);
        expect(recovery?.what, `step ${step}`).toBe(interrupted?.what);
        expect(recovery?.files.length ?? files, `step ${step}`).toBe(files);
        const ended = await stateOf(repo);
        expect(recovery === undefined ? ["before", "after"] : ["after"], `step ${step}`).toContain(ended);
        for (const [name, content] of await repo.snapshot())
          if (name.startsWith("secrets/"))
            parseSops(Buffer.from(content.slice(content.indexOf(" ") + 1)), { format: "yaml", file: name });
      }
    };
    await Promise.all([work(), work()]);
    // Otherwise nothing was tried.
    expect(seen.before).toBeGreaterThan(3);
    expect(seen.mixed).toBeGreaterThan(10);
    expect(seen.after).toBeGreaterThan(3);
  });

  it("is ended by the next rekeying as well", async () => {
    await using repo = await repository();
    await cp(old.root, repo.root, { recursive: true });
    await crash(repo.root, 40);
    expect(await stateOf(repo)).toBe("mixed");
    await repo.ageLocks();
    const { policy } = await loadPolicy({ cwd: repo.root });
    const plan = await planRekey(policy);
    expect(plan.drifted.length).toBeGreaterThan(0);
    // What was planned on half of a change does not fit the whole of it.
    const keys = { identities: [{ kind: "native" as const, secret: alice.identity }] };
    await expect(rekey(plan, keys, { now: new Date() })).rejects.toMatchObject({ code: "FLURRY_REKEY_CONFLICT" });
    expect(await stateOf(repo)).toBe("after");
    expect((await planRekey(policy)).drifted).toEqual([]);
  });

  it("is not ended over what somebody wrote since", async () => {
    await using repo = await repository();
    await cp(old.root, repo.root, { recursive: true });
    await crash(repo.root, 40);
    await repo.ageLocks();
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
