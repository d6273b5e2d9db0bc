import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { findFleet } from "@flurry/schema";

import { checkFiles } from "../check/check-files.ts";
import { checkFleet } from "../check/check-fleet.ts";
import { checkHosts } from "../check/check-hosts.ts";
import type { CheckFinding } from "../check/finding.ts";
import { applyFixes, plannedFixes } from "../check/fix.ts";
import type { Fixes } from "../check/fix.ts";
import { withoutIgnored } from "../check/ignore.ts";
import { readRepository } from "../check/read-repository.ts";
import type { CheckRepository } from "../check/rule.ts";
import { allRules } from "../check/rules.ts";
import type { CheckFlags } from "../command-line/check-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import type { CliContext } from "../context.ts";
import { outputFor } from "../output.ts";
import type { Output } from "../output.ts";
import { countFindings, renderCheckFindings } from "../renderers/check-findings.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { count } from "../renderers/measures.ts";
import { sarifLog } from "../renderers/sarif.ts";
import { renderTable } from "../renderers/table.ts";
import { guarded } from "../run/guard.ts";
import { version } from "../version.ts";

/** `flurry check`: all that can be known about a fleet's repository without building. */
export async function check(this: CommandScope, flags: CheckFlags, ...words: readonly string[]): Promise<void> {
  const { cli } = this;
  await guarded(this, flags, async (interruption) => {
    const output = outputFor(cli, flags);
    refuseContradictions(flags);
    if (flags.rules === true) return listRules(output);
    const { directory, repository, fleet } = await readAll(cli, flags, { output, signal: interruption.signal });
    const files = [...fleet, ...checkFiles(repository)];
    const evaluates = flags.noEval !== true && !fleet.some(({ severity }) => severity === "error");
    const hosts = evaluates
      ? await checkHosts({ context: cli, flags: quietJson(flags), words, interruption }, directory)
      : { findings: [], hosts: 0 };
    const known = allRules.map(({ name }) => name);
    const findings = withoutIgnored([...files, ...hosts.findings], repository, known).toSorted(byPlace);
    tell(findings, { output, flags, repository, hosts: hosts.hosts });
    return findings.some(({ severity }) => severity === "error") ? 1 : 0;
  });
}

function refuseContradictions({ sarif, json, dryRun, fix }: CheckFlags): void {
  if (sarif === true && json === true)
    throw new FlurryError("FLURRY_USAGE", "--sarif and --json exclude each other", {
      hint: "each is a format of its own",
    });
  if (dryRun === true && fix !== true)
    throw new FlurryError("FLURRY_USAGE", "--dry-run says what --fix would do", {
      hint: "flurry check --fix --dry-run",
    });
}

/** A report on standard output has no progress beside it. */
function quietJson(flags: CheckFlags): CheckFlags {
  return flags.sarif === true && flags.logFormat === undefined ? { ...flags, quiet: true } : flags;
}

interface Read {
  readonly directory: string;
  readonly repository: CheckRepository;
  /** What is wrong with the fleet file. */
  readonly fleet: readonly CheckFinding[];
}

async function readAll(
  cli: CliContext,
  flags: CheckFlags,
  { output, signal }: { readonly output: Output; readonly signal: AbortSignal },
): Promise<Read> {
  const start = resolve(cli.cwd, flags.directory ?? ".", flags.flake ?? ".");
  const found = await findFleet(start);
  const { directory } = found;
  const git = { services: await cli.loadServices(), env: cli.env, signal };
  const read = async (): Promise<Read> => {
    const { fleet, findings } = await checkFleet(found, signal);
    return {
      directory,
      repository: await readRepository(directory, { fleet, nowMs: cli.now(), git }),
      fleet: findings,
    };
  };
  const first = await read();
  if (flags.fix !== true) return first;
  const fixes = plannedFixes(first.repository);
  tellFixes(fixes, output, flags.dryRun === true);
  if (flags.dryRun === true) return first;
  await applyFixes(fixes, first.repository, git);
  return await read();
}

function tellFixes({ add, render }: Fixes, { stderr, quiet }: Output, isDry: boolean): void {
  if (quiet) return;
  const would = isDry ? "would be " : "";
  for (const file of render) stderr.write(`${file}: ${would}rendered\n`);
  for (const file of add) stderr.write(`${file}: ${would}added to git (git add -N)\n`);
}

function byPlace(a: CheckFinding, b: CheckFinding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

function listRules(output: Output): number {
  const view = { colors: output.colors, columns: output.stdout.columns() };
  const rows = allRules.map(({ name, severity, about, fix = "" }) => [name, severity, fix, about]);
  output.stdout.write(
    output.json
      ? jsonDocument("check", {
          rules: allRules.map(({ name, severity, about, fix }) => ({ name, severity, about, fix })),
        })
      : renderTable(["rule", "usually", "--fix", "about"], rows, view),
  );
  return 0;
}

function tell(
  findings: readonly CheckFinding[],
  {
    output,
    flags,
    repository,
    hosts,
  }: {
    readonly output: Output;
    readonly flags: CheckFlags;
    readonly repository: CheckRepository;
    readonly hosts: number;
  },
): void {
  const { stdout, colors } = output;
  if (flags.sarif === true)
    stdout.write(sarifLog(findings, { rules: allRules, version: version(), prefix: repository.prefix }));
  else if (output.json) stdout.write(jsonDocument("check", { findings, nixFiles: repository.nixFiles.length, hosts }));
  else {
    const what = [count(repository.nixFiles.length, "Nix file"), ...(hosts === 0 ? [] : [count(hosts, "host")])];
    stdout.write(`${renderCheckFindings(findings, colors)}${what.join(" and ")} checked: ${countFindings(findings)}\n`);
  }
}
