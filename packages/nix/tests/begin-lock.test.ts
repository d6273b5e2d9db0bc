import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { lockFlake } from "@flurry/nix";
import { beginLock } from "@flurry/nix/begin-lock";
import { describe, expect, it } from "vitest";

import { flakeOf, processesWith, testFlake, until } from "./test-flake.ts";

/** A flake, and a nix that writes down what it is asked and takes its time when told to. */
async function fleet({ seconds = 0 } = {}) {
  const flake = await testFlake(flakeOf({ nas: 'ok "nas"' }));
  const asked = join(flake.root, "asked");
  writeFileSync(asked, "");
  const nix = join(flake.root, "nix");
  const real = flake.context.nix ?? "nix";
  const line = `printf '%s\\n' "$*" >> ${asked}`;
  writeFileSync(nix, `#!/bin/sh\n${line}\nsleep ${seconds}\nexec ${real} "$@"\n`, { mode: 0o755 });
  const context = { ...flake.context, nix };
  const times = (words: string): number =>
    readFileSync(asked, "utf8")
      .split("\n")
      .filter((text) => text.includes(words)).length;
  return { ...flake, context, times, [Symbol.asyncDispose]: () => flake[Symbol.asyncDispose]() };
}

describe("beginLock", () => {
  it("begins what lockFlake does, which then asks nix no second time", async () => {
    await using used = await fleet();
    using _ = beginLock(used.directory, used.context);
    const flake = await lockFlake(used.directory, used.context);
    expect(flake).toMatchObject({ original: used.directory, directory: used.directory });
    expect(used.times("flake metadata")).toBe(1);
    expect(used.times("--version")).toBe(1);
    // Nothing waits for it, and so its program may only now begin.
    await until("the settings are asked for", () => used.times("show") === 1);
    // It is taken once: the source may have changed since.
    await lockFlake(used.directory, used.context);
    expect(used.times("flake metadata")).toBe(2);
  });

  it("leaves errors and warnings to lockFlake", async () => {
    await using used = await fleet();
    await used.write({ "flake.nix": "{ outputs = " });
    using _ = beginLock(used.directory, used.context);
    await expect(lockFlake(used.directory, used.context)).rejects.toMatchObject({ code: "FLURRY_FLAKE_INVALID" });
    expect(used.times("flake metadata")).toBe(1);
  });

  it("is of no use to another environment", async () => {
    await using used = await fleet();
    using _ = beginLock(used.directory, used.context);
    await lockFlake(used.directory, { ...used.context, env: { ...used.context.env, NAME: "value" } });
    expect(used.times("flake metadata")).toBe(2);
  });

  it("leaves no process when nobody asks, nor when who asked gives up", async () => {
    await using used = await fleet({ seconds: 600 });
    const isThere = async () => (await processesWith(used.root)).some((line) => line.includes("metadata"));
    const begun = beginLock(used.directory, used.context);
    await until("nix runs", isThere);
    begun[Symbol.dispose]();
    await until("nix is gone", async () => !(await isThere()));
    using _ = beginLock(used.directory, used.context);
    const controller = new AbortController();
    const locking = lockFlake(used.directory, used.context, { signal: controller.signal });
    await until("nix runs", isThere);
    controller.abort();
    await expect(locking).rejects.toMatchObject({ code: "FLURRY_ABORTED" });
    expect(await isThere()).toBe(false);
  });
});
