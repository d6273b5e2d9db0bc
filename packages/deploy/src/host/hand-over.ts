import { FlurryError } from "@flurry/core";
import { areTaken, serveMessage } from "@flurry/nix";
import type { PathInfo } from "@flurry/nix";

import type { RunContext } from "../run-context.ts";
import type { HostLink } from "./host-link.ts";
import { stage } from "./stage.ts";

/** Milliseconds for what is small, on a line that is slow. */
const timeoutMs = 600_000;

/**
 * Gives paths to the host's store in one command over the connection that is there. A host that could fetch them from its
 * own caches is not bothered for so little; one that is to check signatures is left to Nix.
 *
 * @returns false when it did not come about, so that Nix can try, and tell what is in the way
 * @throws FlurryError of the connection
 */
export async function handOver(
  link: HostLink,
  paths: readonly PathInfo[],
  { emit, signal }: Pick<RunContext, "emit" | "signal">,
): Promise<boolean> {
  const { name: host, deploy } = link.host;
  if (deploy.checkSignatures) return false;
  const stdin = await serveMessage(paths);
  if (stdin === undefined) return false;
  const give = async (): Promise<void> => {
    const words = ["sh", "-c", "exec nix-store --serve --write"];
    const { exitCode, stdout, stderr } = await link.run(words, { stdin, signal, timeoutMs });
    if (exitCode !== 0 || !areTaken(stdout, paths)) throw notTaken(host, stderr);
  };
  try {
    await stage(emit, { host, stage: "copy" }, give);
    return true;
  } catch (error) {
    if (!FlurryError.is(error) || error.code !== "FLURRY_COPY_FAILED") throw error;
    emit({ kind: "log", host, stage: "copy", level: "info", line: `${error.message}: ${error.details ?? ""}` });
    return false;
  }
}

function notTaken(host: string, details: string): FlurryError {
  return new FlurryError("FLURRY_COPY_FAILED", "the host's store did not take what was handed over", { host, details });
}
