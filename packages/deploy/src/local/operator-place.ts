import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";

import { abortReason, FlurryError } from "@flurry/core";

/** An address and port of this machine. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** sudo and its kin drop the variable; the shell that they were called from still has it. */
const generations = 8;
/** Milliseconds that sshd may take to say what it is. */
const greetingMs = 10_000;

/**
 * Where the operator came in who is logged in over ssh: the address and port of this machine that sshd told the login.
 *
 * @param pid - the process to look at where `env` does not say, and its ancestors as far as they may be read
 */
export async function operatorPlace(env: NodeJS.ProcessEnv, pid: number): Promise<Place | undefined> {
  const told = env["SSH_CONNECTION"];
  if (told !== undefined) return parseConnection(told);
  for (let at: number | undefined = pid, left = generations; at !== undefined && at > 1 && left > 0; left--) {
    const text = await readFile(`/proc/${at}/environ`, "utf8").catch(() => "");
    const found = text.split("\0").find((line) => line.startsWith("SSH_CONNECTION="));
    if (found !== undefined) return parseConnection(found.slice("SSH_CONNECTION=".length));
    at = await parentOf(at);
  }
  return undefined;
}

/** The operator's place, where an sshd answers there; undefined for somebody who is not logged in over ssh. */
export async function answeringPlace(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Place | undefined> {
  const place = await operatorPlace(env, process.pid);
  if (place === undefined) return undefined;
  try {
    await requireSshd(place, signal);
    return place;
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

/** Reads sshd's `SSH_CONNECTION`: client's address and port, then the server's. */
export function parseConnection(text: string): Place | undefined {
  const [, , address = "", port = ""] = text.split(" ");
  return address !== "" && /^\d{1,5}$/.test(port) ? { address, port: Number(port) } : undefined;
}

/**
 * Makes sure that an sshd answers at a place of this machine.
 *
 * @throws FlurryError FLURRY_SSH_UNREACHABLE, or the reason of `signal`
 */
export async function requireSshd({ address, port }: Place, signal: AbortSignal): Promise<void> {
  const socket = connect({ host: address, port });
  try {
    const bound = AbortSignal.any([signal, AbortSignal.timeout(greetingMs)]);
    const [greeting] = (await once(socket, "data", { signal: bound })) as [Buffer];
    if (greeting.toString("latin1").startsWith("SSH-")) return;
    throw new Error("what answers there is no sshd");
  } catch (cause) {
    if (signal.aborted) throw abortReason(signal, "looking for sshd");
    throw new FlurryError("FLURRY_SSH_UNREACHABLE", `no sshd answers at ${address} port ${port}, where you came in`, {
      cause,
      hint: "The new system has taken the way to this machine that you use yourself.",
    });
  } finally {
    socket.destroy();
  }
}

async function parentOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const found = /^PPid:\s*(\d+)$/m.exec(status)?.[1];
  return found === undefined ? undefined : Number(found);
}
