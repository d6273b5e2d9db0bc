import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { machineIdentity, ownHostKeys } from "./machine-identity.ts";

describe("machineIdentity", () => {
  const identityOf = async (text: string): Promise<string | undefined> => {
    await using dir = await tempDir("flurry-machine");
    const file = join(dir.path, "machine-id");
    await writeFile(file, text);
    return await machineIdentity(file);
  };

  it("stays the same and is not the id itself", async () => {
    const id = "0123456789abcdef0123456789abcdef";
    const identity = await identityOf(`${id}\n`);
    expect(identity).toMatch(/^[0-9a-f]{32}$/);
    expect(identity).not.toBe(id);
    expect(await identityOf(`${id}\n`)).toBe(identity);
    expect(await identityOf("f".repeat(32))).not.toBe(identity);
  });

  it.each(["uninitialized\n", ""])("of %j is unknown", async (text) => {
    expect(await identityOf(text)).toBeUndefined();
  });

  it("is unknown where there is no such file", async () => {
    expect(await machineIdentity("/nowhere/machine-id")).toBeUndefined();
  });
});

describe("ownHostKeys", () => {
  it("are the public ones that sshd has, without their comments", async () => {
    await using dir = await tempDir("flurry-machine");
    await writeFile(join(dir.path, "ssh_host_ed25519_key.pub"), "ssh-ed25519 AAAA root@nas\n");
    await writeFile(join(dir.path, "ssh_host_ed25519_key"), "PRIVATE");
    await writeFile(join(dir.path, "ssh_host_rsa_key.pub"), "");
    expect(await ownHostKeys(dir.path)).toEqual(["ssh-ed25519 AAAA"]);
    expect(await ownHostKeys("/nowhere")).toEqual([]);
  });
});
