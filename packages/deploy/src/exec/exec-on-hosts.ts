import { FlurryError, shellCommand } from "@flurry/core";
import type { FlurryErrorJson } from "@flurry/core";
import type { Host } from "@flurry/schema";

import { eachHost } from "../fleet/each-host.ts";
import { openLinks } from "../fleet/open-links.ts";
import type { HostLink } from "../host/host-link.ts";
import type { RunContext } from "../run-context.ts";

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

/** How the command ended on one host. */
export interface HostExecResult {
  readonly host: string;
  /** The command's exit code; null when it did not get to run or was ended. */
  readonly exitCode: number | null;
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
  const options = { signal, timeoutMs: request.timeoutMs, onStdoutLine: take("stdout"), onStderrLine: take("stderr") };
  const ended = (result: Pick<HostExecResult, "exitCode" | "error">): HostExecResult => ({
    host,
    ...result,
    ...said,
    durationMs: performance.now() - startedAt,
  });
  try {
    const { exitCode } = request.privileged
      ? await link.run(request.command, options)
      : await (await link.session(signal)).exec(shellCommand(request.command), options);
    return ended({ exitCode });
  } catch (error) {
    return ended({ exitCode: null, error: FlurryError.from(error).withHost(host).toJSON() });
  }
}
