import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { generateX25519Identity } from "age-encryption";
import { expect, it } from "vitest";

import { findIdentities } from "./find-identities.ts";
import type { IdentitySource } from "./identity-file.ts";

const secretOf = (source: IdentitySource): string => (source.kind === "native" ? source.secret : source.kind);

it("all places count, those named before all others", async () => {
  await using dir = await tempDir("flurry-identities");
  const [one = "", two = "", three = "", four = ""] = await Promise.all([1, 2, 3, 4].map(generateX25519Identity));
  const home = join(dir.path, "home");
  await mkdir(join(home, ".config/sops/age"), { recursive: true });
  await mkdir(join(home, ".ssh"));
  await writeFile(join(home, ".config/sops/age/keys.txt"), `# mine\n${three}\n`);
  await writeFile(join(home, ".ssh/id_rsa"), "something else");
  await writeFile(join(dir.path, "two.txt"), two);
  await writeFile(join(dir.path, "four.txt"), four);
  const warnings: string[] = [];
  const options = { cwd: dir.path, platform: "linux" as const, warn: (text: string) => void warnings.push(text) };
  const env = { HOME: home, PATH: process.env["PATH"], SOPS_AGE_KEY: `${one} ${four}`, SOPS_AGE_KEY_FILE: "two.txt" };
  expect((await findIdentities({ ...options, env })).map(secretOf)).toEqual([one, four, two, three]);
  expect(warnings).toEqual([expect.stringContaining("id_rsa is not used")]);
  const files = [join(dir.path, "four.txt")];
  expect((await findIdentities({ ...options, env, files })).map(secretOf)).toEqual([four]);
  const command = { ...env, SOPS_AGE_KEY: "", SOPS_AGE_KEY_FILE: "", SOPS_AGE_KEY_CMD: "cat four.txt" };
  expect((await findIdentities({ ...options, env: command })).map(secretOf)).toEqual([four, three]);
});

it("a file that was named must be there, and a command must end well", async () => {
  const options = { cwd: "/", platform: "linux" as const };
  await expect(findIdentities({ ...options, env: {}, files: ["/nonexistent"] })).rejects.toMatchObject({
    code: "FLURRY_SECRETS_FILE_NOT_FOUND",
  });
  const env = { PATH: process.env["PATH"], SOPS_AGE_KEY_CMD: "sh -c 'echo secret; exit 3'" };
  await expect(findIdentities({ ...options, env })).rejects.toMatchObject({
    code: "FLURRY_PROCESS_FAILED",
    message: "The command in SOPS_AGE_KEY_CMD ended with 3",
  });
  expect(await findIdentities({ ...options, env: {} })).toEqual([]);
});
