import { access } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import type { EvaluateNix } from "@flurry/secrets";

import type { SecretsSession } from "./session.ts";

/** The rules of agenix: the file that RULES names, else the next `secrets.nix` from the working directory upward. */
export async function findRules({ cwd, context }: SecretsSession): Promise<string | undefined> {
  const named = context.env["RULES"] ?? "";
  if (named !== "") return resolve(cwd, named);
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, "secrets.nix");
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    )
      return file;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Evaluates a file as agenix does. */
export function nixInstantiate({ context, cwd, interruption }: SecretsSession): EvaluateNix {
  return async (file) => {
    const { runProcess } = await context.loadServices();
    const args = ["--json", "--eval", "--strict", "--", file];
    const limits = { timeoutMs: 120_000, signal: interruption.signal };
    const { exitCode, stdout, stderr } = await runProcess("nix-instantiate", args, {
      cwd,
      env: context.env,
      ...limits,
    });
    if (exitCode === 0) return JSON.parse(stdout) as unknown;
    throw new FlurryError("FLURRY_AGENIX_RULES_INVALID", `Nix cannot evaluate ${file}`, {
      place: { file },
      details: stderr,
    });
  };
}
