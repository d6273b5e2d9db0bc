import { FlurryError, shellCommand } from "@flurry/core";
import { sshTarget } from "@flurry/deploy";
import type { Host } from "@flurry/schema";
import type { SshContext } from "@flurry/ssh";

import type { Services } from "../services.ts";
import { factsScript } from "./facts-script.ts";
import { readFacts } from "./machine-facts.ts";
import type { MachineFacts } from "./machine-facts.ts";

/** What a machine is asked with. */
export interface ReadMachineOptions {
  readonly ssh: SshContext;
  readonly services: Pick<Services, "askHost" | "runProcess">;
  readonly env: NodeJS.ProcessEnv;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Asks a running machine what it is. Its host key has to be pinned.
 *
 * @returns undefined for a machine that lets nobody in, with a remark
 * @throws FlurryError FLURRY_SSH_HOST_KEY_CHANGED and others that mean that someone else answers
 */
export async function readMachine(host: Host, options: ReadMachineOptions): Promise<MachineFacts | undefined> {
  const { ssh, services, warn, signal } = options;
  const { deploy } = host;
  const sudo = deploy.sshUser === undefined || deploy.sshUser === "root" ? [] : deploy.sudo;
  const command = shellCommand(["sh", "-c", factsScript, "sh", ...sudo]);
  try {
    const output = await services.askHost(sshTarget(host), command, ssh, { signal });
    return await withParsedHardware(readFacts(output, host.addresses), options);
  } catch (error) {
    if (!FlurryError.is(error) || !tolerated.has(error.code) || signal.aborted) throw error;
    warn(`${error.message}; its hardware was not read`);
    return undefined;
  }
}

const tolerated = new Set([
  "FLURRY_SSH_UNREACHABLE",
  "FLURRY_SSH_AUTH_FAILED",
  "FLURRY_SSH_IDENTITY_UNUSABLE",
  "FLURRY_SSH_CONNECTION_LOST",
  "FLURRY_SSH_CHANNEL_REFUSED",
  "FLURRY_OUTPUT_TOO_LARGE",
  "FLURRY_TIMEOUT",
]);

/** What a machine printed becomes part of the repository only when Nix can read it. */
async function withParsedHardware(
  facts: MachineFacts,
  { services, env, warn, signal }: ReadMachineOptions,
): Promise<MachineFacts> {
  if (facts.hardware === undefined) return facts;
  const options = { env, stdin: facts.hardware, signal, timeoutMs: 20_000 };
  try {
    const { exitCode } = await services.runProcess("nix-instantiate", ["--parse", "-"], options);
    if (exitCode === 0) return facts;
    warn("what nixos-generate-config printed on the machine is no Nix, and was left away");
    return { ...facts, hardware: undefined };
  } catch (error) {
    // Without Nix here the first evaluation will tell.
    if (FlurryError.is(error) && error.code === "FLURRY_PROCESS_NOT_FOUND") return facts;
    throw error;
  }
}
