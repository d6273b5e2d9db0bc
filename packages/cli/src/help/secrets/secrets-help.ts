import { addHostHelp } from "./add-host-help.ts";
import { auditHelp } from "./audit-help.ts";
import { checkHelp } from "./check-help.ts";
import { decryptHelp } from "./decrypt-help.ts";
import { editHelp } from "./edit-help.ts";
import { encryptHelp } from "./encrypt-help.ts";
import { execEnvHelp } from "./exec-env-help.ts";
import { execFileHelp } from "./exec-file-help.ts";
import { getHelp } from "./get-help.ts";
import { gitDiffHelp, gitSetupHelp, mergeDriverHelp } from "./git-help.ts";
import { keygenHelp } from "./keygen-help.ts";
import { lsHelp } from "./ls-help.ts";
import { matrixHelp } from "./matrix-help.ts";
import { rekeyHelp } from "./rekey-help.ts";
import { revokeHelp } from "./revoke-help.ts";
import { rotateHelp } from "./rotate-help.ts";
import { setHelp } from "./set-help.ts";
import { secretsGlobalHelp } from "./shared.ts";
import { unsetHelp } from "./unset-help.ts";
import { whyHelp } from "./why-help.ts";

/** Help of each command of `flurry secrets`. */
export const secretsHelpTexts: Readonly<Record<string, string>> = {
  ls: lsHelp,
  get: getHelp,
  set: setHelp,
  unset: unsetHelp,
  edit: editHelp,
  encrypt: encryptHelp,
  decrypt: decryptHelp,
  keygen: keygenHelp,
  "exec-env": execEnvHelp,
  "exec-file": execFileHelp,
  matrix: matrixHelp,
  why: whyHelp,
  check: checkHelp,
  audit: auditHelp,
  rekey: rekeyHelp,
  "add-host": addHostHelp,
  rotate: rotateHelp,
  revoke: revokeHelp,
  "git-setup": gitSetupHelp,
  "git-diff": gitDiffHelp,
  "merge-driver": mergeDriverHelp,
};

/** Help of `flurry secrets` as a whole. */
export const secretsHelp = `Read and change files of secrets: SOPS (YAML, JSON, dotenv, INI, binary) and age (agenix).

Usage: flurry secrets COMMAND [flags]

Look:
  ls                       encrypted files and their recipients; the names of the values of one
  get                      one value, or a file in clear

Change:
  edit                     a file in your own editor, in clear only in memory
  set                      put a value into a file: from a file, standard input or a prompt
  unset                    take a value out of a file

Whole files:
  encrypt                  a file in clear becomes a SOPS or age file
  decrypt                  the other way round

Run:
  exec-env                 a command with values as environment variables
  exec-file                a command that reads a file in clear, in memory

Git:
  git-setup                has git merge encrypted files value by value and show them in diffs
  git-diff                 what git calls to show a file
  merge-driver             what git calls to merge a file

Private keys:
  keygen                   a private key of age, post-quantum too

Who reads what:
  matrix                   a row a file, a column a reader
  why                      why somebody can read a file, or cannot
  check                    policy against files, for CI and commit hooks; no key is needed
  audit                    everything that your keys and the history of git can prove

Keep it so:
  rekey                    bring files to what the policy says, all or none
  add-host                 a host more, and the files that it is to read keyed for it
  rotate                   new data keys, every value sealed anew
  revoke                   a host or an admin less, and a list of what they know

${secretsGlobalHelp}
Files are those of sops and agenix: who works with these programs goes on with them. Exit codes are those of sops.

Examples:
  flurry secrets ls
  flurry secrets get secrets/nas.yaml smb.password
  flurry secrets edit secrets/nas.yaml
  flurry secrets get --help                all about a command
`;
