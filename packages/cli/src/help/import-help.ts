import { globalHelp } from "./shared-help.ts";

/** Help of `flurry import`. */
export const importHelp = `Take hosts over from another tool into fleet.yaml.

Usage: flurry import ansible FILE [flags]
       flurry import terraform FILE [flags]
       flurry import ssh-config FILE [flags]

  ansible                  an inventory, INI or YAML: ranges, groups as tags, ansible_host, ansible_user, ansible_port, key, jump host,
                           and what group_vars and host_vars beside it say of these
  terraform                what terraform output -json or tofu output -json prints, or a state file of version 4
  ssh-config               Host lines without wildcards, with what wildcards say of them, in included files too

FILE may be - for standard input. Hosts go below those of the fleet.yaml found from here upward, which stays as it is otherwise,
or into a new one. Hosts that are there already are left alone. What has no place in a fleet file is named with its line.

      --only SEL           take only these hosts: names, globs and @tags; may be given several times
      --dry-run            show what would be written

${globalHelp}
Examples:
  flurry import ansible inventory/hosts.ini --dry-run
  flurry import ssh-config ~/.ssh/config --only 'web-*'
  terraform output -json | flurry import terraform -
  flurry import terraform terraform.tfstate --json | jq -r '.added[]'
`;
