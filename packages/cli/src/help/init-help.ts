import { globalHelp } from "./shared-help.ts";

/** Help of `flurry init`. */
export const initHelp = `Begin a fleet: a repository with a flake, hosts, modules, secrets and CI that works at once.

On a terminal it asks for what the flags leave open. What is in the directory already is never changed.

Usage: flurry init [DIR] [flags]

Fleet:
      --host NAME=ADDRESS  a host; may be given several times   (default: nas, compute and gateway)
      --nixpkgs REF        the flake reference of nixpkgs       (default: the stable release)
      --input NAME=REF     a further input of the flake; may be given several times
      --description TEXT   what the fleet is, in one line
      --system SYSTEM      the Nix system of the hosts          (default: x86_64-linux)
      --time-zone ZONE     the time zone of the hosts           (default: UTC)

Access:
      --ssh-user USER      who logs in to deploy; another than root becomes root with sudo   (default: root)
      --ssh-key KEY        a public ssh key that may log in, as a file or in quotes; may be given several times
                           (default: those in ~/.ssh)
      --secrets BACKEND    sops, agenix or none                 (default: sops where there is an admin)
      --admin NAME=KEY     who may read all secrets: age1…, an ssh public key or a PGP fingerprint
                           (default: the age key in ~/.config/sops/age/keys.txt)

Doing:
      --from DIR           write a fleet.yaml for the flake, deploy-rs or Colmena repository that is there
      --no-lock            do not look up and pin the inputs in flake.lock; a later command does it
      --force              write into a directory that is not empty
      --dry-run            list what would be written

${globalHelp}
Examples:
  flurry init homelab                      asks, then writes into ./homelab
  flurry init homelab --yes                nas, compute and gateway without a question
  flurry init fleet --yes --host web=192.0.2.10 --host db=192.0.2.11 --ssh-user deploy
  flurry init --from .                     a fleet.yaml for the flake here
`;
