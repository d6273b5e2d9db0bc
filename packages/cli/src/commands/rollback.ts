import { FlurryError, isStorePath } from "@flurry/core";
import type { FlurryErrorJson, StorePath } from "@flurry/core";
import { exitCodes } from "@flurry/deploy";
import type { RollbackReport, RollbackRequest } from "@flurry/deploy";

import type { RollbackFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { reportLine } from "../renderers/ndjson.ts";
import { renderRollback, renderRollbackPlan } from "../renderers/rollback-table.ts";
import { askSudoPasswords } from "../run/ask-sudo-password.ts";
import { withChosenProfiles } from "../run/chosen-profiles.ts";
import { emitStart, openEngine } from "../run/engine.ts";
import { exitCodeOfErrors } from "../run/exit-code-of-errors.ts";
import { guarded } from "../run/guard.ts";
import { recordedRun } from "../run/recorded-run.ts";
import { reportHostErrors } from "../run/report-host-errors.ts";
import { startCommand } from "../run/start-command.ts";
import type { CommandStart } from "../run/start-command.ts";

type Wish = number | StorePath | undefined;

/** `flurry rollback`: takes hosts back to an earlier generation, under the same protocol as a deployment. */
export async function rollback(this: CommandScope, flags: RollbackFlags, ...words: readonly string[]): Promise<void> {
  await guarded(this, flags, async (interruption) => {
    const to = wishOf(flags.to);
    const start = await startCommand({ context: this.cli, flags, words, interruption });
    if (typeof to === "string" && start.hosts.length > 1)
      throw new FlurryError("FLURRY_USAGE", "a system is that of one host", {
        hint: `name the host: flurry rollback HOST --to ${to}`,
      });
    const what = { ...whatOf(start, flags), ...(to === undefined ? {} : { to }) };
    return flags.dryRun === true ? await preview(start, what) : await goBack(start, flags, what);
  });
}

/** Which hosts, and what of them. */
type What = Pick<RollbackRequest, "hosts" | "to" | "chosen">;

/**
 * The hosts and their profiles that the command line names: `.#nas.home`, or --profile for those hosts that have it.
 *
 * @throws FlurryError FLURRY_USAGE
 */
function whatOf({ hosts, chosenProfiles: chosen }: CommandStart, { profile }: RollbackFlags): What {
  if (profile === undefined) return { hosts, ...(chosen === undefined ? {} : { chosen }) };
  if (chosen !== undefined)
    throw new FlurryError("FLURRY_USAGE", "--profile and a profile behind a host exclude each other");
  const having = hosts.filter((host) => profile === "system" || host.profiles?.some(({ name }) => name === profile));
  const only = new Map(having.map(({ name }) => [name, new Set([profile])]));
  if (having.length > 0) return { hosts: withChosenProfiles(having, only), chosen: only };
  const known = new Set(hosts.flatMap(({ profiles = [] }) => profiles.map(({ name }) => name)));
  const hint = known.size === 0 ? "they have none beside their systems" : `they have ${[...known].join(", ")}`;
  throw new FlurryError("FLURRY_USAGE", `none of the hosts has a profile "${profile}"`, { hint });
}

/**
 * What `--to` means.
 *
 * @throws FlurryError FLURRY_USAGE
 */
export function wishOf(to: string | undefined): Wish {
  if (to === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(to)) return Number(to);
  if (isStorePath(to)) return to;
  throw new FlurryError("FLURRY_USAGE", `--to: "${to}" is neither a generation nor a store path`, {
    hint: "write a number as `nix-env --list-generations` shows it, or a path like /nix/store/…-nixos-system-nas",
  });
}

async function preview(start: CommandStart, what: What): Promise<number> {
  const { services, output } = start;
  const moves = await (async () => {
    await askSudoPasswords(start);
    await using engine = await openEngine(start);
    emitStart(start, engine.emit, "status");
    return await services.planRollback(what, engine.context);
  })();
  const errors = moves.flatMap(({ host, error }): readonly FlurryErrorJson[] =>
    error === undefined ? [] : [{ ...error, host }],
  );
  if (!output.json) reportHostErrors(errors, output);
  const view = { colors: output.colors, columns: output.stdout.columns() };
  output.stdout.write(
    output.json ? jsonDocument("rollback", { dryRun: true, hosts: moves }) : renderRollbackPlan(moves, view),
  );
  return exitCodeOfErrors(errors.map((error) => error.code));
}

async function goBack(start: CommandStart, flags: RollbackFlags, what: What): Promise<number> {
  const { services, loaded, interruption } = start;
  const { rollout } = loaded.fleet;
  const parallel = flags.parallel ?? rollout.parallel.activate;
  const description = { command: "rollback", goal: "switch" as const, parallel };
  const manner = { yes: flags.yes, prometheus: flags.prometheus };
  const { report, told } = await recordedRun(start, { ...description, ...manner }, async ({ runId, context }) => {
    return await services.rollbackFleet({ runId, rollout, parallel, ...what }, context);
  });
  show(start, report, told);
  return interruption.signal.aborted ? exitCodes.interrupted : report.exitCode;
}

function show({ output }: CommandStart, report: RollbackReport, told: boolean): void {
  if (output.json) return output.stdout.write(reportLine(report));
  const errors = report.verdicts.flatMap(({ host, status, error }) =>
    error === undefined || status === "skipped" ? [] : [{ ...error, host }],
  );
  if (!told) reportHostErrors(errors, output);
  const view = { colors: output.colors, columns: output.stdout.columns() };
  output.stdout.write(renderRollback(report.verdicts, report.moves, view));
}
