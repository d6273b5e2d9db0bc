import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { Verdict } from "@flurry/core";
import type { DeployRequest, RunContext, RunReport } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../../tests/support/fake-context.ts";
import { fakeNix } from "../../tests/support/fake-services.ts";
import { deployFlags } from "../command-line/command-flags.ts";
import { main } from "../main.ts";

const fleetYaml = "hosts: { nas: { address: 10.0.20.10, tags: [storage] }, compute: { address: 10.0.20.11 } }\n";

/** All that a deployment is asked for, as a text, and what is printed. */
async function asked(words: readonly string[]): Promise<{ request: string; printed: string }> {
  await using dir = await tempDir("flurry-flags");
  await mkdir(join(dir.path, "other"));
  for (const place of [".", "other"]) {
    await writeFile(join(dir.path, place, "fleet.yaml"), fleetYaml);
    await writeFile(join(dir.path, place, "flake.nix"), "");
  }
  let request = "";
  const deployFleet = async (given: DeployRequest, context: RunContext): Promise<RunReport> => {
    const { runId: _, ...rest } = given;
    const { nix, ssh, operator } = context;
    const told = { rest, nix: { ...nix, env: {} }, ssh: { ...ssh, env: {} }, operator, has: Object.keys(context) };
    request = JSON.stringify(told, (_key, value: unknown) => (typeof value === "function" ? "a function" : value));
    const verdicts: readonly Verdict[] = given.hosts.map(({ name: host }) => ({
      host,
      status: "deployed",
      durationMs: 1,
    }));
    for (const verdict of verdicts) context.emit({ kind: "verdict", verdict });
    return { runId: given.runId, verdicts, exitCode: 0, durationMs: 5 };
  };
  const context = fakeContext({ services: { ...fakeNix(), deployFleet }, cwd: dir.path });
  await main(["deploy", "nas", ...words], context);
  const clean = (text: string): string => text.replaceAll(dir.path, "DIR").replaceAll(/20\d{6}T\w+-\w+/g, "RUN");
  return { request: clean(request), printed: clean(context.out() + context.err()) };
}

/** What changes the deployment that is asked for. */
const changing: Readonly<Record<string, readonly string[]>> = {
  goal: ["--goal", "test"],
  boot: ["--boot"],
  dryActivate: ["--dry-activate"],
  unreachable: ["--unreachable", "skip"],
  parallel: ["--parallel", "3"],
  reboot: ["--reboot"],
  forceReboot: ["--force-reboot"],
  rebootTimeout: ["--reboot", "--reboot-timeout", "7s"],
  confirmTimeout: ["--confirm-timeout", "7s"],
  activationTimeout: ["--activation-timeout", "7s"],
  magicRollback: ["--magic-rollback", "false"],
  autoRollback: ["--auto-rollback", "false"],
  forceReplaceUnknownProfiles: ["--force-replace-unknown-profiles"],
  noSecretsCheck: ["--no-secrets-check"],
  noKeys: ["--no-keys"],
  buildOn: ["--build-on", "target"],
  directory: ["--directory", "other"],
  flake: ["--flake", "./other"],
  sshConfig: ["--ssh-config", "mine"],
  maxJobs: ["--max-jobs", "3"],
  cores: ["--cores", "3"],
  builders: ["--builders", "ssh://builder"],
  option: ["--option", "sandbox", "false"],
};
/** What changes what is printed, or whether anything is deployed at all. */
const showing: Readonly<Record<string, readonly string[]>> = {
  dryRun: ["--dry-run"],
  plan: ["--plan", "missing.json"],
  changed: ["--changed"],
  since: ["--since", "main"],
  local: ["--local"],
  json: ["--json"],
  color: ["--color", "always"],
  quiet: ["--quiet"],
};
/** What has tests of its own, as it needs a terminal, a password, a log or a store. */
const elsewhere: ReadonlySet<string> = new Set([
  "logFormat",
  "verbose",
  "yes",
  "askSudoPassword",
  "prometheus",
  "noEvalCache",
  "refresh",
]);

describe("the flags of flurry deploy", () => {
  it("are all here", () => {
    const tried = [...Object.keys(changing), ...Object.keys(showing), ...elsewhere];
    expect(tried.sort()).toEqual(Object.keys(deployFlags).sort());
  });

  it("are read and obeyed: each changes what is asked for", async () => {
    const plain = await asked([]);
    const reboot = await asked(["--reboot"]);
    for (const [flag, words] of Object.entries(changing)) {
      const { request, printed } = await asked(words);
      expect.soft([flag, request === "" ? printed : "asked"]).toEqual([flag, "asked"]);
      expect.soft([flag, request]).not.toEqual([flag, flag === "rebootTimeout" ? reboot.request : plain.request]);
    }
    for (const [flag, words] of Object.entries(showing))
      expect.soft([flag, (await asked(words)).printed]).not.toEqual([flag, plain.printed]);
  });
});
