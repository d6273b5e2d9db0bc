import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { runProcess } from "@flurry/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// The built program, as users run it.
const program = fileURLToPath(new URL("../bin/lab.js", import.meta.url));

describe("the lab command", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "fl-cli-"));
  });
  afterAll(async () => {
    await lab("down");
    await rm(directory, { recursive: true });
  });
  const lab = async (...args: readonly string[]) =>
    await runProcess(process.execPath, [program, ...args], {
      env: { ...process.env, LAB_DIRECTORY: directory },
      timeoutMs: 60_000,
    });

  it("explains itself", async () => {
    const help = await lab("--help");
    expect(help.exitCode).toBe(0);
    for (const verb of ["up", "down", "status", "ssh", "exec", "host", "fault", "install", "doctor"])
      expect(help.stdout).toContain(`lab ${verb}`);
    expect(await lab("fault", "--help")).toMatchObject({ exitCode: 0 });
    expect(await lab()).toMatchObject({ exitCode: 2 });
    expect(await lab("upp")).toMatchObject({ exitCode: 2 });
    expect((await lab("upp")).stderr).toContain("there is no command upp");
  });

  it("says that no lab is up", async () => {
    const status = await lab("status");
    expect(status).toMatchObject({ exitCode: 1 });
    expect(status.stderr).toContain("lab up");
  });

  it("says what this machine can do", async () => {
    const doctor = await lab("doctor");
    expect(doctor).toMatchObject({ exitCode: 0 });
    expect(doctor.stdout).toContain("A lab can be started here.");
  });

  it("starts a lab that stays, works with it and ends it", async () => {
    const up = await lab("up", "nas", "box=10.0.7.7", "--init", "mini");
    expect(up).toMatchObject({ exitCode: 0 });
    expect((await lab("up", "nas")).stderr).toContain("already up");
    const status = await lab("status");
    expect(status.stdout).toMatch(/^nas +10\.0\.20\.10 +mini +up +nothing installed$/m);
    expect(status.stdout).toMatch(/^box +10\.0\.7\.7 +mini +up +nothing installed$/m);
    expect(await lab("exec", "--", "sh", "-c", "exit 7")).toMatchObject({ exitCode: 7 });
    expect(await lab("ssh", "box", "hostname")).toMatchObject({ exitCode: 0, stdout: "box\n" });
    expect((await lab("ssh", "boxx", "hostname")).stderr).toContain("Did you mean box?");
    expect(await lab("host", "box", "cat", "/run/lab/address")).toMatchObject({ exitCode: 0, stdout: "10.0.7.7/16\n" });
    expect(await lab("fault", "box", "power-cut")).toMatchObject({ exitCode: 0 });
    expect((await lab("status")).stdout).toMatch(/^box .* off$/m);
    expect(await lab("host", "box", "true")).toMatchObject({ exitCode: 125 });
    expect(await lab("fault", "box", "power-on")).toMatchObject({ exitCode: 0 });
    expect(await lab("fault", "box", "reject", "22")).toMatchObject({ exitCode: 0 });
    expect((await lab("ssh", "box", "hostname")).stderr).toContain("refused");
    expect(await lab("fault", "box", "reject", "sometimes")).toMatchObject({ exitCode: 2 });
    expect(await lab("fault", "box", "explode")).toMatchObject({ exitCode: 2 });
    expect((await lab("install", "nas", "/nix/store/nothing")).stderr).toContain("store path");
    expect(await lab("down")).toMatchObject({ exitCode: 0 });
    expect(await lab("status")).toMatchObject({ exitCode: 1 });
  });
});
