import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError, tempDir } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../../tests/support/fake-context.ts";
import { lockedFlake } from "../../tests/support/fake-services.ts";
import { main } from "../main.ts";
import type { Services } from "../services.ts";

const healthy: Partial<Services> = {
  nixVersion: async () => ({ implementation: "nix", numbers: [2, 8, 0], text: "nix (Nix) 2.8.0" }),
  findRecorder: async () => ({ kind: "preload", library: "/recorder.so" }),
  transportFor: async () => ({ transport: "ssh2", reason: "nothing asks for more" }),
  machine: () => ({ cores: 8, freeMemoryBytes: 12e9 }),
  runProcess: answer,
};

async function answer(file: string): Promise<ProcessResult> {
  const result = { exitCode: 0, signal: null, stdout: "", stderr: "" };
  if (file === "ssh") return { ...result, stderr: "OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.9 30 May 2023\n" };
  if (file === "git") return { ...result, stdout: "git version 2.39.5\n" };
  return { ...result, stdout: "/nix/store/9z8y7x6w5v4s3r2q1p0n9m8l7k6j5i4h-flurry-doctor" };
}

async function flurry(words: readonly string[], services: Partial<Services> = {}, env?: NodeJS.ProcessEnv) {
  await using dir = await tempDir("flurry-doctor");
  const cache = join(dir.path, "flurry/eval/v1");
  await mkdir(cache, { recursive: true });
  await writeFile(join(cache, "record"), "x".repeat(1500));
  const context = fakeContext({
    services: { ...healthy, ...services },
    env: env ?? { XDG_CACHE_HOME: dir.path },
    cwd: "/",
  });
  const code = await main(["doctor", ...words], context);
  return { code, out: context.out().replaceAll(dir.path, "CACHE"), err: context.err() };
}

describe("flurry doctor", () => {
  it("shows what there is", async () => {
    const { code, out } = await flurry([]);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "needed       found
      ✓ nix        nix (Nix) 2.8.0
      ✓ store      /nix/store can be written
      ✓ recorder   preload: a change evaluates only the hosts that read what changed
      ✓ cache      CACHE/flurry/eval/v1: 1.5 kB in 1 file
      ✓ cores      8 cores to evaluate on
      ✓ memory     12.0 GB free
      ✓ ssh        OpenSSH_9.2p1
      ✓ transport  ssh2, in this process: nothing asks for more
      ✓ git        2.39.5
      "
    `);
  });

  it("says what works badly, and that it works", async () => {
    const { code, out } = await flurry(
      [],
      {
        findRecorder: async () => ({ kind: "none", reason: "this nix is static" }),
        machine: () => ({ cores: 1, freeMemoryBytes: 3e8 }),
      },
      {},
    );
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "needed       found
      ✓ nix        nix (Nix) 2.8.0
      ✓ store      /nix/store can be written
      ! recorder   none: this nix is static
      ! cache      neither XDG_CACHE_HOME nor HOME is set
      ✓ cores      1 core to evaluate on
      ! memory     300 MB free
      ✓ ssh        OpenSSH_9.2p1
      ✓ transport  ssh2, in this process: nothing asks for more
      ✓ git        2.39.5

      recorder: each change of the source evaluates every host again: flurry doctor --build-recorder, or install strace
      cache: no evaluation is remembered without a place for it
      memory: the evaluation of a NixOS system takes 0.5 to 2 GB
      "
    `);
  });

  it("says why OpenSSH is taken, and what is wrong with its configuration", async () => {
    const reason = "/k is a key on a security token";
    const openssh = await flurry([], { transportFor: async () => ({ transport: "openssh", reason }) });
    expect(openssh.out).toContain(`transport  openssh: ${reason}`);
    const invalid = new FlurryError("FLURRY_SSH_CONFIG_INVALID", "ssh refuses these options: line 3");
    const wrong = await flurry([], {
      transportFor: async () => {
        throw invalid;
      },
    });
    expect(wrong.out).toContain("! transport  ssh refuses these options: line 3");
  });

  it("says it of each host of the fleet", async () => {
    await using dir = await tempDir("flurry-doctor-fleet");
    await writeFile(
      join(dir.path, "fleet.yaml"),
      "hosts: { nas: {}, web: {}, desk: { deploy: { local: only } }, edge: {} }\n",
    );
    const asked: string[] = [];
    const transportFor: Services["transportFor"] = async ({ name }) => {
      asked.push(name);
      if (name !== "web") return { transport: "ssh2", reason: "nothing asks for more" };
      return { transport: "openssh", reason: "an @cert-authority vouches for the host" };
    };
    const { out } = await flurry(["-C", dir.path], { transportFor });
    expect(asked).toEqual(["nas", "web", "edge"]);
    expect(out).toContain(
      "transport  ssh2, in this process, for 2 hosts: nothing asks for more; openssh for web: an @cert-authority vouches for the host",
    );
    expect(out).toContain("\ntransport: each connection and command takes a process of ssh");
    const broken: Services["transportFor"] = async () => {
      throw new FlurryError("FLURRY_SSH_CONFIG_INVALID", "it says too much");
    };
    expect((await flurry(["-C", dir.path], { transportFor: broken })).out).toContain(
      "! transport  nas: it says too much",
    );
    // A file with mistakes is for others to complain of.
    await writeFile(join(dir.path, "fleet.yaml"), "hosts: [\n");
    expect((await flurry(["-C", dir.path], { transportFor })).code).toBe(0);
    expect(asked.slice(3)).toEqual(["any host"]);
  });

  it("fails for what is missing and says what to do", async () => {
    const missing = (what: string): FlurryError =>
      new FlurryError("FLURRY_PROCESS_NOT_FOUND", `${what} is not installed or not on PATH`);
    const { code, out } = await flurry(["--json"], {
      nixVersion: async () => {
        throw new FlurryError("FLURRY_NIX_NOT_FOUND", "nix is not on PATH", { hint: "Install Nix." });
      },
      findRecorder: async () => ({ kind: "none", reason: "nix does not run" }),
      runProcess: async (file) => {
        throw missing(file);
      },
    });
    expect(code).toBe(1);
    const { findings } = JSON.parse(out) as { findings: { name: string; status: string }[] };
    expect(findings.filter(({ status }) => status === "missing").map(({ name }) => name)).toEqual([
      "nix",
      "store",
      "ssh",
      "git",
    ]);
    expect(findings[0]).toEqual({ name: "nix", status: "missing", text: "nix is not on PATH", hint: "Install Nix." });
  });

  it.each([
    [[2, 7, 0], 1],
    [[2, 8, 1], 0],
    [[3, 0, 0], 0],
  ] as const)("takes Nix %j with exit code %i", async (numbers, expected) => {
    const nixVersion: Services["nixVersion"] = async () => ({ implementation: "nix", numbers, text: "nix (Nix)" });
    const { code } = await flurry([], { nixVersion });
    expect(code).toBe(expected);
  });

  it("tells a store that refuses", async () => {
    const refused = {
      exitCode: 1,
      signal: null,
      stdout: "",
      stderr: "error: cannot connect to socket: Permission denied\n",
    };
    const runProcess: Services["runProcess"] = async (file) => (file === "nix" ? refused : await answer(file));
    const { code, out } = await flurry([], { runProcess });
    expect(code).toBe(1);
    expect(out).toContain("✗ store      error: cannot connect to socket: Permission denied");
    expect(out).toContain("is the daemon running");
  });

  it("builds a recorder by the flake's nixpkgs where none works", async () => {
    const built: string[] = [];
    const { code, out, err } = await flurry(["--build-recorder", "--flake", "github:alice/fleet#nas"], {
      findRecorder: async () =>
        built.length === 0 ? { kind: "none", reason: "none fits" } : { kind: "preload", library: "/built.so" },
      lockFlake: async (ref) => lockedFlake(ref),
      buildRecorder: async ({ original }) => {
        built.push(original);
        return { kind: "preload", library: "/built.so" };
      },
    });
    expect(code).toBe(0);
    expect(built).toEqual(["github:alice/fleet"]);
    expect(err).toBe("building the recorder with the C compiler of nixpkgs, as github:alice/fleet pins it\n");
    expect(out).toMatch(/✓ recorder +preload/);
  });

  it("builds no recorder where one works, and says so", async () => {
    const { code, err } = await flurry(["--build-recorder"]);
    expect({ code, err }).toEqual({ code: 0, err: "a recorder that works is there: nothing to build\n" });
  });
});
