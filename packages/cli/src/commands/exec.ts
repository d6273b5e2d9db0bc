import { FlurryError } from "@flurry/core";
import type { HostExecResult } from "@flurry/deploy";

import type { ExecFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { prefixedLine, renderExecSummary, renderGrouped } from "../renderers/exec-output.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { askSudoPasswords } from "../run/ask-sudo-password.ts";
import { openEngine } from "../run/engine.ts";
import { guarded } from "../run/guard.ts";
import { startCommand } from "../run/start-command.ts";
import type { CommandStart } from "../run/start-command.ts";

const defaultTimeoutMs = 600_000;
const defaultParallel = 16;

/** `flurry exec`: runs one command on many hosts. */
export async function exec(this: CommandScope, flags: ExecFlags, ...words: readonly string[]): Promise<void> {
  await guarded(this, flags, async (interruption) => {
    const command = commandOf(this.afterDashes, flags.local === true || words.length > 0);
    const start = await startCommand({ context: this.cli, flags, words, interruption });
    const results = await execAll(start, flags, command);
    const { output } = start;
    if (output.json) output.stdout.write(jsonDocument("exec", { hosts: results }));
    else if (flags.group === true) output.stdout.write(renderGrouped(results, output.colors));
    if (!output.json && !output.quiet) output.stderr.write(renderExecSummary(results, output.progressColors));
    return results.every((result) => result.exitCode === 0) ? 0 : 1;
  });
}

function commandOf(afterDashes: readonly string[] | undefined, saysWhere: boolean): readonly string[] {
  const hint = "write for example: flurry exec '*' -- uptime";
  if (afterDashes === undefined || afterDashes.length === 0)
    throw new FlurryError("FLURRY_USAGE", "flurry exec needs a command after --", { hint });
  if (!saysWhere) throw new FlurryError("FLURRY_USAGE", "flurry exec needs a selector before --", { hint });
  return afterDashes;
}

async function execAll(
  start: CommandStart,
  flags: ExecFlags,
  command: readonly string[],
): Promise<readonly HostExecResult[]> {
  const { hosts, output, services } = start;
  const names = hosts.map((host) => host.name);
  const onLine = (host: string, stream: "stdout" | "stderr", line: string): void => {
    const colors = stream === "stdout" ? output.colors : output.progressColors;
    output[stream].write(prefixedLine(host, line, { names, colors }));
  };
  // The output of the command is all that there is to see.
  if (flags.sudo === true) await askSudoPasswords(start);
  await using engine = await openEngine({ ...start, output: { ...output, progress: "none" } });
  return await services.execOnHosts(
    {
      hosts,
      command,
      parallel: flags.parallel ?? defaultParallel,
      timeoutMs: flags.timeout ?? defaultTimeoutMs,
      privileged: flags.sudo === true,
      ...(output.json || flags.group === true ? {} : { onLine }),
    },
    engine.context,
  );
}
