import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runProcess, tempDir } from "@flurry/core";

const env = { ...process.env, NIX_CONFIG: "substituters =\nbuild-users-group =" };

/** Evaluates Nix files side by side in one directory; `default.nix` is the one that counts. */
export async function evaluateFiles(files: Readonly<Record<string, string>>): Promise<unknown> {
  await using directory = await tempDir("flurry-render");
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory.path, name), text);
  const args = ["--eval", "--strict", "--json", join(directory.path, "default.nix")];
  const { exitCode, stdout, stderr } = await runProcess("nix-instantiate", args, { env });
  if (exitCode !== 0) throw new Error(`nix-instantiate: ${stderr}`);
  return JSON.parse(stdout);
}

/** The values of many pieces of code, in one evaluation. */
export async function evaluateAll(codes: readonly string[]): Promise<readonly unknown[]> {
  const values = await evaluateFiles({ "default.nix": `[\n${codes.map((code) => `(\n${code}\n)`).join("\n")}\n]` });
  if (!Array.isArray(values)) throw new Error("no list");
  return values;
}

/** Parses each piece of code as a file of its own. Throws what nix-instantiate says about the first that is wrong. */
export async function parseAll(codes: readonly string[]): Promise<void> {
  await using directory = await tempDir("flurry-render");
  const files = codes.map((_, index) => join(directory.path, `${index}.nix`));
  await Promise.all(files.map(async (file, index) => await writeFile(file, codes[index] ?? "")));
  for (let from = 0; from < files.length; from += 500) {
    const { exitCode, stderr } = await runProcess("nix-instantiate", ["--parse", ...files.slice(from, from + 500)], {
      env,
    });
    if (exitCode !== 0) throw new Error(`nix-instantiate: ${stderr}`);
  }
}
