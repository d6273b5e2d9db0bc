import { changeJson, renderChanges } from "../renderers/change-table.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { compareHosts } from "./compare-hosts.ts";
import { earlierFlake } from "./earlier-flake.ts";
import { exitCodeOfErrors } from "./exit-code-of-errors.ts";
import { reportHostErrors } from "./report-host-errors.ts";
import type { CommandStart } from "./start-command.ts";

/**
 * Lists the selected hosts whose derivation is another one than it was at a revision.
 *
 * @param since - a revision as git names it; HEAD by default
 * @returns the exit code
 */
export async function changedHosts(start: CommandStart, since: string | undefined): Promise<number> {
  const { output, loaded } = start;
  const after = await loaded.lock();
  const earlier = await earlierFlake(after, start, since ?? "HEAD");
  const { changes, told } = await compareHosts(start, { before: earlier.flake, after }, "eval");
  const errors = changes.flatMap((one) => (one.status === "failed" ? [one.error.withHost(one.host).toJSON()] : []));
  if (!told && !output.json) reportHostErrors(errors, output);
  const view = { colors: output.colors, columns: output.stdout.columns() };
  const { revision } = earlier;
  const known = after.revision === undefined ? {} : { revision: after.revision };
  output.stdout.write(
    output.json
      ? jsonDocument("eval", { since: revision, ...known, dirty: after.dirty, hosts: changes.map(changeJson) })
      : renderChanges(changes, since ?? revision.slice(0, 7), view),
  );
  return exitCodeOfErrors(errors.map((error) => error.code));
}
