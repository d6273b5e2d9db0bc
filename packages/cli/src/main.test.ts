import { readFileSync } from "node:fs";

import { exitCodes } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../tests/support/fake-context.ts";
import { commandNames } from "./command-line/application.ts";
import { checkFlags, importFlags } from "./command-line/check-flags.ts";
import {
  buildFlags,
  deployFlags,
  doctorFlags,
  evalFlags,
  execFlags,
  planFlags,
  inputsFlags,
  gcFlags,
  resumeFlags,
  rollbackFlags,
  runsFlags,
  statusFlags,
  sudoersFlags,
} from "./command-line/command-flags.ts";
import { globalFlags } from "./command-line/global-flags.ts";
import { uploadKeysFlags } from "./command-line/key-flags.ts";
import { hostFlags, initFlags, renderFlags } from "./command-line/repository-flags.ts";
import * as secretsCommandFlags from "./command-line/secrets-flags.ts";
import * as secretsPolicyFlags from "./command-line/secrets-policy-flags.ts";
import { secretsCommandNames } from "./command-line/secrets-routes.ts";
import type { SecretsCommandName } from "./command-line/secrets-routes.ts";
import { helpOf } from "./help/help.ts";
import { main } from "./main.ts";

async function flurry(...words: readonly string[]) {
  const context = fakeContext();
  const code = await main(words, context);
  return { code, out: context.out(), err: context.err() };
}

describe("main", () => {
  it("prints only the version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(await flurry("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  it.each([[[]], [["--help"]], [["help"]], [["-h"]]])("prints help for %j", async (words) => {
    const { code, out, err } = await flurry(...words);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const name of commandNames) expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  it.each([[["secrets"]], [["secrets", "--help"]], [["help", "secrets"]], [["-h", "secrets"]]])(
    "lists the commands of secrets for %j",
    async (words) => {
      const { code, out, err } = await flurry(...words);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      for (const name of secretsCommandNames) expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
    },
  );

  it.each([
    [["deply"], "did you mean flurry deploy?"],
    [["help", "stats"], "did you mean flurry status?"],
    [["-v"], "it is one of deploy"],
    [["deploy", "--paralel", "2"], "did you mean --parallel?"],
    [["deploy", "--nope"], "see flurry deploy --help"],
    [["deploy", "-Z"], "has no flag -Z"],
    [["deploy", "--on", "@web"], "hosts are words: flurry deploy nas 'edge-*' @web"],
    [["deploy", "--remote-build"], "--build-on target"],
    [["deploy", "--goal", "swich"], "did you mean switch?"],
    [["deploy", "--goal", "x"], "it is one of switch, boot, test, dry-activate"],
    [["deploy", "-p", "0"], "whole number of at least 1"],
    [["deploy", "-p"], "--parallel needs a value"],
    [["deploy", "-p", "1", "-p", "2"], "given more than once"],
    [["deploy", "--confirm-timeout", "soon"], "--confirm-timeout: "],
    [["deploy", "--option", "cores"], "--option NAME VALUE"],
    [["deploy", "--max-jobs", "many"], "--max-jobs: "],
    [["deploy", "--color", "never", "--json", "--boot", "--goal", "test"], "two goals"],
    [["deploy", ""], "empty"],
    [["exec", "nas"], "needs a command after --"],
    [["exec", "--", "ls"], "needs a selector"],
    [["deploy", ".#nas", "/other#nas"], "two flakes"],
    [["deploy", ".#na s"], "at character"],
    ...["eval", "build", "deploy", "status"].map((name): [string[], string] => [
      [name, "--no-eval-cache", "--refresh"],
      "--no-eval-cache and --refresh exclude each other",
    ]),
    [["eval", "--no-eval-cache", "--verify"], "--no-eval-cache and --verify exclude each other"],
    [["eval", "--since", "main"], "flurry eval --changed --since main"],
    [["eval", "--changed", "--stats"], "--changed and --stats exclude each other"],
    [["build", "--verify"], "has no flag --verify"],
    [["doctor", "nas"], "see flurry doctor --help"],
    [["secrets", "gt", "a.yaml"], "did you mean flurry secrets get?"],
    [["secrets", "get"], "see flurry secrets get --help"],
    [["secrets", "updatekeys", "a.yaml"], "did you mean flurry secrets rekey?"],
    [["secrets", "set", "a.yaml", "b", "--value-file", "c"], "--from-file FILE"],
    [["secrets", "rotate", "--in-place", "a.yaml"], "not needed"],
    [["secrets", "encrypt", "-i", "a.yaml"], "to write in the place of the file: --in-place FILE"],
    [["secrets", "get", "a.yaml", "--jsn"], "did you mean --json?"],
    [["deploy", "--dry-run", "--reboot-timeout", "soon"], "--reboot-timeout"],
    [["rollback", "--to", "yesterday"], "neither a generation nor a store path"],
    [["runs", "a", "b"], "one run at a time"],
    [["resume", "a", "b"], "goes on with one run"],
    [["gc", "--keep", "0"], "--keep"],
    [["gc", "--older-than", "soon"], "--older-than"],
  ])("refuses %j", async (words, text) => {
    const { code, err } = await flurry(...words);
    expect(err).toContain("error[FLURRY_USAGE]");
    expect(err).toContain(text);
    expect(code).toBe(exitCodes.usage);
  });

  it("says what it failed with in JSON as well when asked to", async () => {
    const { out, code } = await flurry("deploy", "--json", "--boot", "--goal", "test");
    expect(JSON.parse(out)).toMatchObject({
      kind: "error",
      schemaVersion: 1,
      exitCode: code,
      error: { code: "FLURRY_USAGE" },
    });
  });
});

describe("help", () => {
  const ofSecrets: Readonly<Record<SecretsCommandName, object>> = {
    ls: secretsCommandFlags.secretsFlags,
    get: secretsCommandFlags.secretsGetFlags,
    set: secretsCommandFlags.secretsSetFlags,
    unset: secretsCommandFlags.secretsUnsetFlags,
    edit: secretsCommandFlags.secretsEditFlags,
    encrypt: secretsCommandFlags.secretsEncryptFlags,
    decrypt: secretsCommandFlags.secretsDecryptFlags,
    keygen: secretsCommandFlags.secretsKeygenFlags,
    "exec-env": secretsCommandFlags.secretsExecEnvFlags,
    "exec-file": secretsCommandFlags.secretsExecFileFlags,
    matrix: secretsPolicyFlags.secretsMatrixFlags,
    why: secretsCommandFlags.secretsFlags,
    check: secretsPolicyFlags.secretsCheckFlags,
    audit: secretsCommandFlags.secretsFlags,
    rekey: secretsPolicyFlags.secretsRekeyFlags,
    "add-host": secretsPolicyFlags.secretsAddHostFlags,
    rotate: secretsPolicyFlags.secretsRotateFlags,
    revoke: secretsPolicyFlags.secretsRevokeFlags,
    "git-setup": secretsCommandFlags.secretsGitSetupFlags,
    "git-diff": secretsCommandFlags.secretsFlags,
    "merge-driver": secretsCommandFlags.secretsFlags,
  };
  const flags = new Map<string, object>([
    ["deploy", deployFlags],
    ["plan", planFlags],
    ["build", buildFlags],
    ["eval", evalFlags],
    ["status", statusFlags],
    ["rollback", rollbackFlags],
    ["runs", runsFlags],
    ["resume", resumeFlags],
    ["gc", gcFlags],
    ["upload-keys", uploadKeysFlags],
    ["exec", execFlags],
    ["import", importFlags],
    ["check", checkFlags],
    ["inputs", inputsFlags],
    ["render", renderFlags],
    ["init", initFlags],
    ["host", hostFlags],
    ["doctor", doctorFlags],
    ["sudoers", sudoersFlags],
    ["completion", globalFlags],
    ["schema", globalFlags],
    ["secrets", secretsCommandFlags.secretsFlags],
    ...Object.entries(ofSecrets).map(([name, known]) => [`secrets ${name}`, known] as const),
  ]);
  const names = [...commandNames, ...secretsCommandNames.map((name) => `secrets ${name}`)];
  const helpText = (name: string): string => {
    const [command = "", subcommand] = name.split(" ");
    return helpOf(command, subcommand) ?? "";
  };

  it.each(names)("of %s names every flag and no other", (name) => {
    const text = helpText(name);
    const known = Object.keys(flags.get(name) ?? {}).map((flag) =>
      flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    );
    const listed = [...text.matchAll(/^ {2}(?:-\w,| {3}) +--([a-z-]+)/gm)].map((match) => match[1]);
    expect(new Set(listed)).toEqual(new Set([...known, "help"]));
  });

  it.each(names)("of %s has examples that parse", async (name) => {
    const examples = [...helpText(name).matchAll(/^ {2}flurry (.*?)(?: {2,}.*| [|>] .*)?$/gm)].map(
      (match) => match[1] ?? "",
    );
    expect(examples.length).toBeGreaterThan(1);
    for (const example of examples) {
      const words = [...example.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
      const { err } = await flurry(...words);
      expect(`${example}\n${err}`).not.toContain("FLURRY_USAGE");
    }
  });
});
