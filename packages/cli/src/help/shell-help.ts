import { globalHelp } from "./shared-help.ts";

/** Help of `flurry completion`. */
export const completionHelp = `Print what a shell reads to complete command lines of Flurry: commands, flags, hosts and @tags.

Usage: flurry completion bash|zsh|fish

Hosts and tags are those of the fleet.yaml found from here upward; nothing is evaluated.

${globalHelp}
Examples:
  flurry completion bash > ~/.local/share/bash-completion/completions/flurry
  flurry completion fish > ~/.config/fish/completions/flurry.fish
  source <(flurry completion zsh)          in ~/.zshrc, after compinit
`;

/** Help of `flurry schema`. */
export const schemaHelp = `Print the JSON Schema of a fleet file, for editors and other programs.

Usage: flurry schema

A fleet.yaml names it in its first line, as it lies beside the installed packages:
  # yaml-language-server: $schema=./node_modules/@flurry/schema/fleet.schema.json

${globalHelp}
Examples:
  flurry schema > fleet.schema.json
  flurry schema | jq '."$defs".host.properties | keys'
`;
