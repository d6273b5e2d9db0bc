import { globalHelp } from "./shared-help.ts";

/** Help of `flurry sudoers`. */
export const sudoersHelp = `Print the rule that lets a user deploy without a password. It changes nothing.

Usage: flurry sudoers [USER] [flags]

Put it into the configuration of the hosts and deploy that once as root, or with --ask-sudo-password. Whoever may replace
the system of a host is root on it in any case; the rule keeps everything else behind the password. USER is "deploy"
unless given.

Flags:
      --format FORMAT      nix (a module), sudoers, or doas

${globalHelp}
Examples:
  flurry sudoers > modules/deployer.nix
  flurry sudoers alice --format sudoers
`;
