import { FlurryError } from "@flurry/core";

import type { Examination } from "./examine.ts";
import type { Finding } from "./finding.ts";

interface Program {
  readonly name: string;
  readonly words: readonly string[];
  /** The name and version in what it prints. */
  readonly version: RegExp;
  readonly hint: string;
}

const timeoutMs = 20_000;

/** Which ssh there is; closures are copied and hosts are asked over it. */
export async function examineSsh(examination: Examination): Promise<Finding> {
  const hint = "install the OpenSSH client";
  return await examineProgram({ name: "ssh", words: ["-V"], version: /^\S+SSH_[^\s,]+/m, hint }, examination);
}

/** Which git there is; Nix reads the flake's repository with it. */
export async function examineGit(examination: Examination): Promise<Finding> {
  const hint = "install git; Nix reads the flake's repository with it";
  return await examineProgram({ name: "git", words: ["--version"], version: /\d+\.\d+\S*/, hint }, examination);
}

async function examineProgram(
  { name, words, version, hint }: Program,
  { services, nix, signal }: Examination,
): Promise<Finding> {
  try {
    const { stdout, stderr } = await services.runProcess(name, words, {
      cwd: nix.cwd,
      env: nix.env,
      signal,
      timeoutMs,
    });
    const text = version.exec(`${stdout}\n${stderr}`)?.[0];
    if (text !== undefined) return { name, status: "ok", text, data: { version: text } };
    return { name, status: "missing", text: `${name} ${words.join(" ")} printed no version`, hint };
  } catch (error) {
    return { name, status: "missing", text: FlurryError.from(error).message, hint };
  }
}
