import { FlurryError, formatMs, shellCommand } from "@flurry/core";
import type { FlurryErrorJson } from "@flurry/core";
import type { Host } from "@flurry/schema";
import type { ExecOptions, ExecResult } from "@flurry/ssh";

import { eachHost } from "../fleet/each-host.ts";
import { openLinks } from "../fleet/open-links.ts";
import type { HostLink } from "../host/host-link.ts";
import type { RunContext } from "../run-context.ts";
import { withinTime } from "./within-time.ts";

/** A command for many hosts. */
export interface ExecRequest {
  readonly hosts: readonly Host[];
  /** The words of the command; each arrives as it is. */
  readonly command: readonly string[];
  readonly parallel: number;
  /** Milliseconds until the command is ended on a host. */
  readonly timeoutMs: number;
  /** Run it as the deployment's user (usually root) instead of the SSH user. */
  readonly privileged: boolean;
  /** Called with each line as it comes. */
  readonly onLine?: (host: string, stream: "stdout" | "stderr", line: string) => void;
}

/** Characters kept of each stream of a host; what comes after is only handed to `onLine`. */
const keptCharacters = 16 * 1024 * 1024;

/** Milliseconds that a command has beyond its time: until timeout(1) kills it, and its end is told. */
const graceMs = 15_000;

/** What timeout(1) ends with once it had to end the command: with TERM, with KILL. */
const lateCodes: ReadonlySet<number> = new Set([124, 137]);

/** How the command ended on one host. */
export interface HostExecResult {
  readonly host: string;
  /** The command's exit code; null when it did not get to run or was ended. */
  readonly exitCode: number | null;
  /** The signal that ended the command, such as "SIGKILL", where the host told it. */
  readonly signal?: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly error?: FlurryErrorJson;
  readonly durationMs: number;
}

/** Runs a command on every host, `parallel` at a time. The results stand in the order of the hosts. */
export async function execOnHosts(request: ExecRequest, context: RunContext): Promise<readonly HostExecResult[]> {
  await using links = openLinks(request.hosts, context.ssh);
  const results = new Map<string, HostExecResult>();
  await eachHost(links.all, request.parallel, async (link) => {
    results.set(link.host.name, await execOnHost(link, request, context.signal));
  });
  return request.hosts.flatMap(({ name }) => results.get(name) ?? []);
}

async function execOnHost(link: HostLink, request: ExecRequest, signal: AbortSignal): Promise<HostExecResult> {
  const { name: host } = link.host;
  const startedAt = performance.now();
  const said = { stdout: "", stderr: "" };
  const take =
    (stream: "stdout" | "stderr") =>
    (line: string): void => {
      if (said[stream].length < keptCharacters) said[stream] += `${line}\n`;
      request.onLine?.(host, stream, line);
    };
  const ended = (result: Pick<HostExecResult, "exitCode" | "signal" | "error">): HostExecResult => ({
    host,
    ...result,
    ...said,
    durationMs: performance.now() - startedAt,
  });
  try {
    const limits = { signal, onStdoutLine: take("stdout"), onStderrLine: take("stderr") };
    const { exitCode, signal: killedBy } = await execBounded(link, request, limits);
    return ended({ exitCode, ...(killedBy === undefined ? {} : { signal: killedBy }) });
  } catch (error) {
    return ended({ exitCode: null, error: FlurryError.from(error).withHost(host).toJSON() });
  }
}

/** Runs the command for as long as it may take. Behind sudo nobody here can end it, and only the one command may be allowed. */
async function execBounded(
  link: HostLink,
  { command, privileged, timeoutMs }: ExecRequest,
  streams: ExecOptions & { readonly signal: AbortSignal },
): Promise<ExecResult> {
  const session = await link.session(streams.signal);
  if (privileged && (await link.privilegePrefix(session, streams.signal)).length > 0)
    return await link.run(command, { ...streams, timeoutMs }).catch((error: unknown) => {
      throw mayGoOn(error);
    });
  const beganAt = performance.now();
  // The host itself ends it, with all that it has started, whatever becomes of the connection.
  const bounded = shellCommand(withinTime(command, timeoutMs));
  const result = await session.exec(bounded, { ...streams, timeoutMs: timeoutMs + graceMs });
  const wasLate =
    performance.now() - beganAt >= timeoutMs && (result.exitCode === null || lateCodes.has(result.exitCode));
  if (!wasLate) return result;
  throw new FlurryError("FLURRY_TIMEOUT", `the command did not end within ${formatMs(timeoutMs)} and was ended`, {
    hint: "--timeout gives it longer.",
  });
}

function mayGoOn(error: unknown): unknown {
  if (!FlurryError.is(error) || error.code !== "FLURRY_TIMEOUT") return error;
  return new FlurryError(error.code, error.message, {
    hint: "It may still be running there: sudo's commands cannot be ended from here.",
  });
}
