import { FlurryError } from "@flurry/core";

import type { Examination } from "./examine.ts";
import type { Finding } from "./finding.ts";

const storeTimeoutMs = 60_000;

/** Which nix there is. */
export async function examineNix({ services, nix, signal }: Examination): Promise<Finding> {
  try {
    const { text, implementation, numbers } = await services.nixVersion(nix, { signal });
    const found = { name: "nix", text, data: { implementation, version: numbers.join(".") } } as const;
    const [major, minor] = numbers;
    if (major > 2 || minor >= 8) return { ...found, status: "ok" };
    return { ...found, status: "missing", hint: "Flurry needs Nix 2.8 or newer" };
  } catch (error) {
    return missing("nix", error);
  }
}

/** Whether nix can add to the store, which it does for the source of a flake and for derivations. */
export async function examineStore({ services, nix, signal }: Examination): Promise<Finding> {
  const expression = 'builtins.toFile "flurry-doctor" "written by flurry doctor\\n"';
  const words = ["--extra-experimental-features", "nix-command", "eval", "--raw", "--expr", expression];
  try {
    const options = { cwd: nix.cwd, env: nix.env, signal, timeoutMs: storeTimeoutMs };
    const { exitCode, stdout, stderr } = await services.runProcess(nix.nix ?? "nix", words, options);
    const directory = /^(\/.+)\/[^/]+-flurry-doctor$/.exec(stdout)?.[1];
    if (exitCode === 0 && directory !== undefined)
      return { name: "store", status: "ok", text: `${directory} can be written`, data: { directory } };
    return {
      name: "store",
      status: "missing",
      text: stderr.trim().split("\n").at(-1) ?? "nix printed nothing",
      hint: "nix must be able to add to its store: is the daemon running, and may this user talk to it?",
    };
  } catch (error) {
    return missing("store", error);
  }
}

/** Whether it can be seen what an evaluation reads. */
export async function examineRecorder({ services, nix, signal }: Examination): Promise<Finding> {
  try {
    const recorder = await services.findRecorder(nix, { signal });
    const found = { name: "recorder", data: { kind: recorder.kind } } as const;
    switch (recorder.kind) {
      case "preload":
        return { ...found, status: "ok", text: "preload: a change evaluates only the hosts that read what changed" };
      case "strace":
        return {
          ...found,
          status: "ok",
          text: "strace: a change evaluates only the hosts that read what changed",
          hint: "evaluations take 1.2 to 1.7 times as long as with the preloaded recorder: flurry doctor --build-recorder",
        };
      case "none":
        return {
          ...found,
          status: "poor",
          text: `none: ${recorder.reason}`,
          hint: "each change of the source evaluates every host again: flurry doctor --build-recorder, or install strace",
        };
    }
  } catch (error) {
    // Why nix does not run is told by nix itself.
    return { name: "recorder", status: "poor", text: FlurryError.from(error).message };
  }
}

function missing(name: string, error: unknown): Finding {
  const { message, hint } = FlurryError.from(error);
  return { name, status: "missing", text: message, ...(hint === undefined ? {} : { hint }) };
}
