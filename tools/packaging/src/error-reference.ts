import { errorCodes } from "@flurry/core";
import type { FlurryErrorCode } from "@flurry/core";
import { exitCodeOfError, exitCodes } from "@flurry/deploy";

import { markdownTable as table } from "./markdown-table.ts";

/** Which part of Flurry a code belongs to, by how it begins. The first match counts. */
const sections: readonly { readonly title: string; readonly prefixes: readonly string[] }[] = [
  { title: "Fleet and selection", prefixes: ["FLURRY_FLEET_", "FLURRY_SELECTOR_", "FLURRY_NOTHING_"] },
  {
    title: "Nix: evaluation, build, copy",
    prefixes: ["FLURRY_NIX_", "FLURRY_FLAKE_", "FLURRY_EVAL_", "FLURRY_BUILD_", "FLURRY_COPY_"],
  },
  { title: "SSH", prefixes: ["FLURRY_SSH_"] },
  {
    title: "Deployment",
    prefixes: [
      "HOST",
      "SUDO",
      "ACTIVATION",
      "UNITS",
      "HEALTH",
      "NOT_CONFIRMED",
      "COMMIT",
      "REVERT",
      "REMOTE",
      "PLAN",
    ].map((area) => `FLURRY_${area}`),
  },
  { title: "Secrets", prefixes: ["AGE_", "AGENIX_", "SOPS_", "SECRETS_"].map((area) => `FLURRY_${area}`) },
  { title: "Everywhere", prefixes: ["FLURRY_"] },
];

/** The text of docs/errors.md: every code with its sentence and the exit code of a command that ends with it. */
export function errorReference(): string {
  const codes = Object.keys(errorCodes) as FlurryErrorCode[];
  const body = sections.flatMap((section) => {
    const own = codes.filter((code) => sectionOf(code) === section);
    if (own.length === 0) return [];
    const rows = own.map((code) => [`\`${code}\``, String(exitCodeOfError(code)), errorCodes[code]]);
    return ["", `## ${section.title}`, "", ...table(["code", "exit code", "meaning"], rows)];
  });
  return [...head, ...body, ""].join("\n");
}

function sectionOf(code: FlurryErrorCode): (typeof sections)[number] | undefined {
  return sections.find(({ prefixes }) => prefixes.some((prefix) => code.startsWith(prefix)));
}

/** What the exit codes of `flurry` say; a code without a sentence does not compile. */
const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: "Every selected host is where it should be.",
  failed: "Something failed that has no class of its own.",
  usage: "The command line has a mistake, or selects nothing.",
  invalid: "The fleet file or the flake is invalid.",
  notBuilt: "A configuration does not evaluate or build, or its secrets are not ready; its hosts were not touched.",
  mixed: "Hosts failed in ways of different classes.",
  unreachable: "Hosts could not be reached, or refused the connection.",
  locked: "Another deployment holds the lock.",
  reverted: "The new system did not work out, and the hosts are back on the old one.",
  attention: "A host may be on neither system, or could not be asked: someone has to look.",
  moved: "A host or the flake is not as it was when the plan was made.",
  interrupted: "Cancelled, by Ctrl-C for example.",
};

const head = [
  "<!-- Written by `npm run docs` from packages/core/src/error-codes.ts: edit there. -->",
  "",
  "# Errors and exit codes",
  "",
  "Every failure that Flurry foresees has a code. Codes are stable: scripts may match on them, in `--json` output as",
  "`error.code` and in programs as `FlurryError.code`. With a code comes a message that names the host, the file and",
  "line or the command, a `hint` where there is a way out, and `details`, which `--verbose` shows in full.",
  "",
  "## Exit codes",
  "",
  ...table(
    ["exit code", "meaning"],
    Object.entries(exitCodes).map(([name, code]) => [String(code), exitCodeMeanings[name as keyof typeof exitCodes]]),
  ),
  "",
  "The tables below give the exit code of a command that ends with the error, and of a deployment that has no other",
  "failures. A deployment computes its exit code from the verdicts of all hosts: a host that went back to its old system",
  "counts as 8 whatever the error was, several classes of failures make 5, and 9 stands above all others.",
];
