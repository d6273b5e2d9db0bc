import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { generateX25519Identity } from "age-encryption";
import { expect, it } from "vitest";

import { findIdentities } from "./find-identities.ts";
import { unlockIdentities } from "./identity-file.ts";
import type { IdentitySource, UnlockedIdentity } from "./identity-file.ts";

const secretOf = (source: IdentitySource | UnlockedIdentity): string =>
  source.kind === "native" ? source.secret : source.kind;

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
  const found = await findIdentities({ ...options, env: command });
  expect(found.map(secretOf)).toEqual(["command", three]);
  expect((await unlockIdentities(found)).map(secretOf)).toEqual([four, three]);
});

it("a file that was named must be there, and a command must end well", async () => {
  const options = { cwd: "/", platform: "linux" as const };
  await expect(findIdentities({ ...options, env: {}, files: ["/nonexistent"] })).rejects.toMatchObject({
    code: "FLURRY_SECRETS_FILE_NOT_FOUND",
  });
  const env = { PATH: process.env["PATH"], SOPS_AGE_KEY_CMD: "sh -c 'echo secret; exit 3'" };
  await expect(unlockIdentities(await findIdentities({ ...options, env }))).rejects.toMatchObject({
    code: "FLURRY_SECRETS_KEY_COMMAND_FAILED",
    message: "The command in SOPS_AGE_KEY_CMD ended with 3",
  });
  const absent = { PATH: process.env["PATH"], SOPS_AGE_KEY_CMD: "flurry-no-such-command" };
  await expect(unlockIdentities(await findIdentities({ ...options, env: absent }))).rejects.toMatchObject({
    code: "FLURRY_SECRETS_KEY_COMMAND_FAILED",
    message: "The command in SOPS_AGE_KEY_CMD does not work: flurry-no-such-command was not found in /",
  });
  expect(await findIdentities({ ...options, env: {} })).toEqual([]);
});

it("a variable that leads nowhere does not keep other keys from being used", async () => {
  await using dir = await tempDir("flurry-identities");
  const secret = await generateX25519Identity();
  await writeFile(join(dir.path, "notes"), "no key\n");
  const warnings: string[] = [];
  const found = await findIdentities({
    cwd: dir.path,
    platform: "linux",
    warn: (text) => void warnings.push(text),
    env: {
      SOPS_AGE_KEY: secret,
      SOPS_AGE_KEY_FILE: "nowhere.txt",
      SOPS_AGE_KEY_CMD: "keys 'of",
      SOPS_AGE_SSH_PRIVATE_KEY_FILE: "notes",
    },
  });
  expect(found.map(secretOf)).toEqual([secret]);
  expect(warnings).toEqual([
    expect.stringMatching(/^SOPS_AGE_KEY_FILE is not used: There is no file .*nowhere\.txt/),
    expect.stringMatching(/^SOPS_AGE_KEY_CMD is not used: /),
    expect.stringMatching(/^SOPS_AGE_SSH_PRIVATE_KEY_FILE is not used: /),
  ]);
});

it("a command is run when a key is needed, once for each recipient, and told which", async () => {
  await using dir = await tempDir("flurry-identities");
  const secret = await generateX25519Identity();
  await writeFile(
    join(dir.path, "keys"),
    `#!/bin/sh\necho "$SOPS_AGE_RECIPIENT" >> asked\n[ "$SOPS_AGE_RECIPIENT" != age1stranger ] || exit 1\necho ${secret}\n`,
    { mode: 0o700 },
  );
  const env = { PATH: process.env["PATH"], SOPS_AGE_KEY_CMD: "./keys" };
  const [source] = await findIdentities({ env, cwd: dir.path, platform: "linux" });
  if (source?.kind !== "command") throw new Error("no command");
  await expect(readFile(join(dir.path, "asked"))).rejects.toThrow("ENOENT");
  for (const recipient of ["age1mine", undefined, "age1mine"])
    expect((await source.run(recipient)).map(secretOf)).toEqual([secret]);
  await expect(source.run("age1stranger")).rejects.toThrow("The command in SOPS_AGE_KEY_CMD ended with 1");
  expect(await readFile(join(dir.path, "asked"), "utf8")).toBe("age1mine\n\nage1stranger\n");
});
