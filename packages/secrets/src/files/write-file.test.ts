import { chmod, lstat, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { expect, it } from "vitest";

import { writeSecretFile } from "./write-file.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

it("a new file is for its owner only, an old one keeps its mode", async () => {
  await using dir = await tempDir("flurry-write");
  const [made, old] = [join(dir.path, "made"), join(dir.path, "old")];
  await writeSecretFile(made, bytes("x"), { expected: null });
  expect((await stat(made)).mode & 0o777).toBe(0o600);
  await writeFile(old, "a");
  // Whatever the umask is.
  await chmod(old, 0o644);
  await writeSecretFile(old, bytes("b"), { expected: bytes("a") });
  expect((await stat(old)).mode & 0o777).toBe(0o644);
  await writeSecretFile(old, bytes("c"), { mode: 0o600 });
  expect((await stat(old)).mode & 0o777).toBe(0o600);
});

it("a file that changed, came or went meanwhile is not written", async () => {
  await using dir = await tempDir("flurry-write");
  const file = join(dir.path, "a");
  const refused = { code: "FLURRY_SECRETS_WRITE_REFUSED" };
  await expect(writeSecretFile(file, bytes("x"), { expected: bytes("a") })).rejects.toMatchObject(refused);
  await writeFile(file, "b");
  await expect(writeSecretFile(file, bytes("x"), { expected: bytes("a") })).rejects.toMatchObject(refused);
  await expect(writeSecretFile(file, bytes("x"), { expected: null })).rejects.toMatchObject(refused);
  expect(await readFile(file, "utf8")).toBe("b");
});

it("links are not followed", async () => {
  await using dir = await tempDir("flurry-write");
  const [target, link] = [join(dir.path, "target"), join(dir.path, "link")];
  await writeFile(target, "a");
  await symlink(target, link);
  await expect(writeSecretFile(link, bytes("x"))).rejects.toThrow("it is a link");
  await expect(writeSecretFile(dir.path, bytes("x"))).rejects.toThrow("it is no file");
  expect([await readFile(target, "utf8"), (await lstat(link)).isSymbolicLink()]).toEqual(["a", true]);
});
