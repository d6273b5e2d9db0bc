import type { ScaffoldOptions } from "./scaffold-options.ts";

/** The text of a new fleet's README. */
export function readme({ name, description, hosts, secrets }: ScaffoldOptions): string {
  const [first] = hosts;
  const some = first?.name ?? "NAME";
  const secretsLines =
    secrets.backend === "none"
      ? ""
      : `| \`secrets/\` | encrypted files; who may read them stands in \`fleet.yaml\` | you, with \`flurry secrets\` |\n`;
  return `# ${name}

${description}, managed with [Flurry](https://github.com/flurry-nix/flurry).

\`\`\`console
$ npm install                      # Flurry and turbo, in the versions that everyone gets
$ npx flurry status                # what runs where, and what should
$ npx flurry deploy --dry-run      # which hosts would change
$ npx flurry deploy ${some.padEnd(14)} # one host
$ npx turbo run deploy             # all of them, as CI does
\`\`\`

| what | is | written by |
| --- | --- | --- |
| \`fleet.yaml\` | the fleet: hosts, addresses, modules, who reads which secret | you, and \`flurry host\` |
| \`flake.nix\` | the flake, for \`nix\`, \`nixos-rebuild\`, \`deploy-rs\` and \`colmena\` too | \`flurry render\` |
| \`hosts/NAME/\` | what sets a machine apart, and its hardware | you |
| \`modules/\` | what machines share | you |
| \`overlays/\` | packages that are changed or added | you |
| \`keys/\` | public ssh keys of those who may log in | you |
${secretsLines}
A new machine, once it runs NixOS (or its installer) and lets you in by ssh:

\`\`\`console
$ npx flurry host add media --address 192.0.2.20 --tag apps --module docker-host
$ npx flurry deploy media
\`\`\`

In CI (\`.github/workflows/fleet.yml\`) a pull request is checked and gets a comment with what it would change; what is
merged is deployed. Put a private ssh key for it into the secret \`DEPLOY_KEY\` of the environment \`fleet\`, its public
half into \`keys/\`.
`;
}
