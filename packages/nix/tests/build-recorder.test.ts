import { statSync } from "node:fs";
import { dirname, join } from "node:path";

import { buildRecorder, findRecorder, lockFlake } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { builtRecorderFile } from "../src/evaluation/recorder-libraries.ts";
import { testFlake } from "./test-flake.ts";

/** What a nixpkgs offers of its compiler, with that of the machine. */
const nixpkgs = `{
  outputs = { self }: {
    legacyPackages.x86_64-linux.runCommandCC = name: env: script: derivation ({
      inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-euc" script ];
      CC = "cc"; PATH = "/usr/bin:/bin"; nonce = "NONCE";
    } // env);
  };
}
`;

const flakeWith = (inputs: string) => ({
  "nixpkgs/flake.nix": nixpkgs,
  "flake.nix": `{ ${inputs} outputs = { self, ... }: { }; }`,
});

async function fleet(inputs: string) {
  const flake = await testFlake({});
  await flake.write(flakeWith(inputs.replaceAll("ROOT", flake.directory)));
  const locked = async () => await lockFlake(`path:${flake.directory}`, flake.context);
  return { flake, locked, [Symbol.asyncDispose]: () => flake[Symbol.asyncDispose]() };
}

describe.runIf(process.arch === "x64")("buildRecorder", () => {
  it("compiles a recorder that sees nix by the compiler of the flake's nixpkgs", async () => {
    await using used = await fleet('inputs.nixpkgs.url = "path:ROOT/nixpkgs";');
    const { context } = used.flake;
    const library = await builtRecorderFile(context.env);
    expect(await buildRecorder(await used.locked(), context)).toEqual({ kind: "preload", library });
    expect(statSync(library ?? "").mode & 0o111).not.toBe(0);
    // It is the last one to be tried, and what is shipped works here.
    expect(await findRecorder(context)).toMatchObject({ kind: "preload" });
  });

  it("takes the input that it is told to", async () => {
    await using used = await fleet('inputs.unstable.url = "path:ROOT/nixpkgs";');
    const options = { input: "unstable" };
    expect(await buildRecorder(await used.locked(), used.flake.context, options)).toMatchObject({ kind: "preload" });
  });

  it("says that the flake has no such input", async () => {
    await using used = await fleet("");
    await expect(buildRecorder(await used.locked(), used.flake.context)).rejects.toMatchObject({
      code: "FLURRY_FLAKE_INVALID",
      message: expect.stringContaining("the flake has no input nixpkgs to take a C compiler from"),
    });
  });

  it("says that the compiler failed", async () => {
    await using used = await fleet('inputs.nixpkgs.url = "path:ROOT/nixpkgs";');
    await used.flake.write({ "nixpkgs/flake.nix": nixpkgs.replace('"cc"', '"false"') });
    await expect(buildRecorder(await used.locked(), used.flake.context)).rejects.toMatchObject({
      code: "FLURRY_BUILD_FAILED",
    });
  });

  it("says that the result does not see this nix", async () => {
    await using used = await fleet('inputs.nixpkgs.url = "path:ROOT/nixpkgs";');
    await used.flake.write({
      "nixpkgs/flake.nix": nixpkgs.replace('args = [ "-euc" script ]', 'args = [ "-c" "echo > $out" ]'),
    });
    const { context } = used.flake;
    await expect(buildRecorder(await used.locked(), context)).rejects.toMatchObject({
      code: "FLURRY_RECORDER_UNFIT",
    });
    expect(dirname((await builtRecorderFile(context.env)) ?? "")).toBe(
      join(context.env["HOME"] ?? "", ".cache/flurry/recorder/v1"),
    );
  });
});
