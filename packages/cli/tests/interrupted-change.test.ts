import { existsSync } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";

import { afterEach, describe, expect, it, vi } from "vitest";

import { changeJournal } from "../src/fleet-repository/change-journal.ts";
import { TestRepository } from "./support/repository.ts";

/** Kills the process before a step that changes the disk: from then on nothing that it does comes to pass. */
const death = vi.hoisted(() => {
  const at = { step: Infinity, count: 0 };
  const alive = (): void => {
    at.count += 1;
    if (at.count >= at.step) throw new Error("killed");
  };
  return {
    at,
    alive,
    guarded:
      <Args extends readonly unknown[], Value>(call: (...args: Args) => Promise<Value>) =>
      async (...args: Args): Promise<Value> => {
        alive();
        return await call(...args);
      },
  };
});

vi.mock("write-file-atomic", async (original) => {
  const { default: write } = await original<{ default: (...args: readonly unknown[]) => Promise<void> }>();
  return { default: death.guarded(write) };
});

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof fs>();
  const { mkdir, rm, rmdir, link } = real;
  const open: typeof real.open = async (path, flags, mode) => {
    if (flags === "w") death.alive();
    return await real.open(path, flags, mode);
  };
  const { guarded } = death;
  return { ...real, open, mkdir: guarded(mkdir), rm: guarded(rm), rmdir: guarded(rmdir), link: guarded(link) };
});

afterEach(() => revive());

function revive(): number {
  const { count } = death.at;
  Object.assign(death.at, { step: Infinity, count: 0 });
  return count;
}

const fleetYaml = `nixpkgs: github:NixOS/nixpkgs/nixos-24.11
defaults: { system: x86_64-linux }
hosts:
  nas: { address: 10.0.20.10 }
`;
const files = { "fleet.yaml": fleetYaml, "hosts/nas/default.nix": "{ }\n" };

type Files = Readonly<Record<string, string>>;

interface Step {
  readonly name: string;
  readonly words: readonly string[];
  /** The command that the user goes on with. */
  readonly goOn: readonly string[];
  /** The directory with the journal. */
  readonly at?: string;
  readonly before: (repository: TestRepository) => Promise<void>;
}

const rendered = async (repository: TestRepository): Promise<void> => void (await repository.flurry(["render"]));
const addMedia = ["host", "add", "media", "--address", "10.0.20.13", "--offline"];
const steps: readonly Step[] = [
  { name: "flurry host add media", words: [...addMedia, "--yes"], goOn: ["render"], before: rendered },
  {
    name: "flurry host rm media",
    words: ["host", "rm", "media", "--yes"],
    goOn: ["host", "rm", "media", "--yes"],
    before: async (repository) => {
      await rendered(repository);
      await repository.flurry(addMedia);
    },
  },
  {
    name: "flurry init",
    words: ["init", "fleet", "--yes", "--no-lock", "--host", "web=192.0.2.7"],
    goOn: ["init", "fleet", "--yes"],
    at: "fleet",
    before: async () => {},
  },
];

/** A change of a process that is no more. */
async function makeOld(repository: TestRepository, at = ".", seconds = 0): Promise<boolean> {
  const journal = join(repository.directory, at, changeJournal);
  const isThere = existsSync(journal);
  if (isThere) await fs.utimes(journal, seconds, seconds);
  return isThere;
}

/** Everything but copies of what was replaced, and what never was a journal. */
async function filesOf(repository: TestRepository): Promise<Files> {
  const all = Object.entries(await repository.files());
  return Object.fromEntries(
    all.filter(([path]) => !/^(?:fleet\/)?\.flurry\/(?:replaced\/|change\.journal\.)/.test(path)),
  );
}

describe("a command that is killed at any step", () => {
  it.each(steps)(
    "$name leaves the old state or one that the next command ends",
    async ({ words, goOn, before, at }) => {
      await using first = await TestRepository.with(files);
      await before(first);
      const old = await filesOf(first);
      await using whole = await TestRepository.with(old);
      revive();
      expect((await whole.flurry(words)).code).toBe(0);
      const done = await filesOf(whole);
      const steps = revive();
      expect(steps).toBeGreaterThan(10);
      const outcomes: string[] = [];
      // Of the many files of a new fleet some will do.
      for (let step = 1; step <= steps; step += Math.ceil(steps / 25)) {
        await using repository = await TestRepository.with(old);
        Object.assign(death.at, { step, count: 0 });
        await repository.flurry(words);
        revive();
        const isOpen = await makeOld(repository, at);
        const { err } = isOpen ? await repository.flurry(goOn) : { err: "" };
        const now = JSON.stringify(sorted(await filesOf(repository)));
        const state = (["old", "done"] as const).find((one) => now === JSON.stringify(sorted({ old, done }[one])));
        const said = err.includes("interrupted") ? "ended" : "quiet";
        outcomes.push(isOpen ? `${said}: ${state ?? `half at step ${step}`}` : (state ?? `half at step ${step}`));
      }
      expect(outcomes.filter((outcome) => !["old", "done", "ended: done"].includes(outcome))).toEqual([]);
      expect(outcomes).toContain("old");
      expect(outcomes).toContain("ended: done");
    },
  );
});

function sorted(files: Files): readonly (readonly [string, string])[] {
  return Object.entries(files).toSorted(([one], [other]) => (one < other ? -1 : 1));
}

describe("a change that was interrupted", () => {
  async function interrupted(): Promise<TestRepository> {
    const repository = await TestRepository.with(files);
    await rendered(repository);
    revive();
    // The journal is there and the fleet file is not written.
    death.at.step = 6;
    await repository.flurry([...addMedia, "--yes"]);
    revive();
    await repository.write("flake.nix", await repository.read("flake.nix"));
    return repository;
  }

  it("is left alone while it may be under way", async () => {
    await using repository = await interrupted();
    // The clock of the test stands still.
    await makeOld(repository, ".", Date.UTC(2026, 10, 22, 13) / 1000);
    const { code, err } = await repository.flurry(["render"]);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("FLURRY_LOCKED") });
  });

  it("is told by commands that change nothing", async () => {
    await using repository = await interrupted();
    await makeOld(repository);
    const { err } = await repository.flurry(["render", "--check"]);
    expect(err).toContain(
      "warning: flurry host add media was interrupted half-way: flurry render brings it to its end",
    );
    expect(await repository.read("fleet.yaml")).toBe(fleetYaml);
  });

  it("is not ended over what someone changed since", async () => {
    await using repository = await interrupted();
    await makeOld(repository);
    await repository.write("fleet.yaml", `${fleetYaml}# mine\n`);
    const { err } = await repository.flurry(["render"]);
    expect(err).toContain("error[FLURRY_CHANGE_CONFLICT]: fleet.yaml was changed after flurry host add media");
    expect(await repository.read("fleet.yaml")).toBe(`${fleetYaml}# mine\n`);
  });

  it.each([
    "",
    "{}",
    '{"format":"flurry-change-1","what":"x","pid":1,"entries":[{"path":"../x","before":null,"after":"","mode":null}]}',
  ])("is not ended by a journal that is damaged: %s", async (journal) => {
    await using repository = await TestRepository.with({ ...files, [changeJournal]: journal });
    expect((await repository.flurry(["render"])).err).toContain("the journal of an interrupted change is damaged");
  });
});
