import { buildHelp } from "./build-help.ts";
import { checkHelp } from "./check-help.ts";
import { gcHelp, resumeHelp, rollbackHelp, runsHelp } from "./day-two-help.ts";
import { deployHelp } from "./deploy-help.ts";
import { doctorHelp } from "./doctor-help.ts";
import { evalHelp } from "./eval-help.ts";
import { importHelp } from "./import-help.ts";
import { inputsHelp } from "./inputs-help.ts";
import { planHelp } from "./plan-help.ts";
import { repositoryHelpTexts } from "./repository-help.ts";
import { secretsHelp, secretsHelpTexts } from "./secrets/secrets-help.ts";
import { globalHelp } from "./shared-help.ts";
import { completionHelp, schemaHelp } from "./shell-help.ts";
import { execHelp, statusHelp } from "./status-help.ts";
import { sudoersHelp } from "./sudoers-help.ts";
import { uploadKeysHelp } from "./upload-keys-help.ts";

const helpTexts: Readonly<Record<string, string>> = {
  deploy: deployHelp,
  plan: planHelp,
  build: buildHelp,
  eval: evalHelp,
  status: statusHelp,
  rollback: rollbackHelp,
  runs: runsHelp,
  resume: resumeHelp,
  gc: gcHelp,
  "upload-keys": uploadKeysHelp,
  exec: execHelp,
  import: importHelp,
  check: checkHelp,
  inputs: inputsHelp,
  ...repositoryHelpTexts,
  doctor: doctorHelp,
  sudoers: sudoersHelp,
  completion: completionHelp,
  schema: schemaHelp,
  secrets: secretsHelp,
};

/** Help of one command, or of a command in a group; undefined when there is none of that name. */
export function helpOf(command: string, subcommand?: string): string | undefined {
  if (command === "secrets" && subcommand !== undefined)
    return Object.hasOwn(secretsHelpTexts, subcommand) ? secretsHelpTexts[subcommand] : undefined;
  return Object.hasOwn(helpTexts, command) ? helpTexts[command] : undefined;
}

/** Help of `flurry` as a whole. */
export const mainHelp = `Deploy and manage a fleet of NixOS machines from one flake.

Usage: flurry COMMAND [SEL...] [flags]

Deploy:
  deploy                   evaluate, build, copy and activate; hosts that are lost go back by themselves
  plan                     what a deployment would do: packages, sizes, units, reboots, drift
  rollback                 take hosts back to an earlier generation, just as safely
  resume                   go on with a deployment that was broken off
  build                    build the systems of hosts
  eval                     evaluate the systems of hosts; which of them a change affects

Describe:
  init                     begin a fleet: a repository that works at once
  host                     add, remove and list hosts
  render                   write flake.nix and the rules of secrets from fleet.yaml

Look after:
  gc                       delete old generations of hosts and collect their garbage

Look:
  status                   what hosts run against what the flake says
  runs                     what earlier runs came to, host by host
  upload-keys              bring hosts the keys of a hive without an activation
  exec                     run a command on hosts
  import                   hosts of Ansible, Terraform or ssh_config into fleet.yaml
  check                    mistakes in the fleet file and in Nix code, lock file, generated files, every host
  inputs                   what the flake pins and how old it is; audit, update and compare it
  doctor                   what Flurry needs of this machine, and what it has
  sudoers                  the rule that hosts need for a user who deploys without a password
  completion               what a shell needs to complete commands, flags, hosts and @tags
  schema                   the JSON Schema of a fleet file

Secrets:
  secrets                  read and change SOPS and age files; see flurry secrets --help

${globalHelp}      --version            the version

SEL chooses hosts: names, globs, @tags, !, and, or; none means every host.

Examples:
  flurry deploy                            every host of the fleet found from here upward
  flurry deploy nas '@edge' --dry-run      what would change on these
  flurry status
  flurry deploy --help                     all about a command

https://github.com/flurry-nix/flurry
`;
