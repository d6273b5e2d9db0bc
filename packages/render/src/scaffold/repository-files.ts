import type { ScaffoldOptions } from "./scaffold-options.ts";

/** Variables that a command of Flurry may need and turbo would keep from it. */
const passThrough = ["SSH_AUTH_SOCK", "SSH_CONFIG_FILE", "NIX_*", "XDG_*", "SOPS_*", "FLURRY_*"];

/** The text of `package.json`: the tools of the repository, in the versions that everyone gets. */
export function packageJson({ name, versions }: ScaffoldOptions): string {
  return json({
    name,
    version: "0.0.0",
    private: true,
    scripts: {
      check: "flurry check",
      plan: "flurry plan",
      deploy: "flurry deploy",
      prepare: "git config core.hooksPath .githooks || true",
    },
    devDependencies: { flurry: versions.flurry, turbo: versions.turbo },
    packageManager: versions.packageManager,
  });
}

/** The text of `turbo.json`: nothing is cached, as each task depends on what the hosts are like. */
export function turboJson(): string {
  const task = { cache: false, passThroughEnv: passThrough };
  return json({
    $schema: "https://turborepo.com/schema.json",
    tasks: { check: task, plan: task, deploy: task },
  });
}

/** The text of `.gitignore`. */
export const gitignore = `node_modules/
.turbo/
.flurry/
result
result-*

# Private keys have no place in a repository, encrypted or not.
*.key
*.pem
keys.txt
id_ed25519
id_rsa
*.agekey

# What editors leave behind while a secret is open.
*.swp
*~
.env
.envrc.local
`;

/** The text of `.githooks/pre-commit`. */
export const preCommitHook = `#!/bin/sh
# Stops a commit with secrets in plain text. npm install switches it on: git config core.hooksPath .githooks
set -eu
cd "$(git rev-parse --show-toplevel)"

# The quick look needs no Flurry: what begins like a private key is none of git's business.
if git diff --cached --no-color -U0 | grep -qE '^\\+.*(AGE-SECRET-KEY-1[0-9A-Z]{20}|BEGIN [A-Z ]*PRIVATE KEY)'; then
  echo "pre-commit: a private key is about to be committed." >&2
  exit 1
fi

if grep -q '^secrets:' fleet.yaml 2>/dev/null; then
  if [ -x node_modules/.bin/flurry ]; then
    exec node_modules/.bin/flurry secrets check
  elif command -v flurry >/dev/null 2>&1; then
    exec flurry secrets check
  fi
  echo "pre-commit: flurry is not installed, so nobody looked for secrets in plain text: run npm install." >&2
  exit 1
fi
`;

/** The text of `keys/README.md`. */
export const keysReadme = `# Who may log in

Each file \`NAME.pub\` here is someone's public ssh key; \`modules/common.nix\` lets all of them in on every host.
Private keys never belong here.
`;

/** The text of `secrets/README.md`. */
export function secretsReadme({ secrets, hosts }: ScaffoldOptions): string {
  const edge = hosts.find(({ role }) => role === "edge")?.name;
  const head = `# Secrets

Who may read which file stands in \`fleet.yaml\` under \`secrets\`; \`flurry render\` writes the rules for the tools from it.
`;
  if (secrets.backend === "none")
    return `${head}
This fleet has no secrets yet. Make a key with \`flurry secrets keygen\`, put its public half under \`secrets.admins\` of
\`fleet.yaml\`, and uncomment the rest there.
`;
  if (secrets.backend === "agenix")
    return `${head}
Each file \`NAME.age\` is one secret, at \`/run/agenix/NAME\` on its hosts. Name the file in \`fleet.yaml\` first, then write it
with \`flurry secrets edit secrets/NAME.age\`, and run \`flurry render\`.
`;
  const [file, example] =
    edge === undefined
      ? ["secrets/fleet.yaml", "flurry secrets set secrets/fleet.yaml backup/password"]
      : [`secrets/${edge}.yaml`, `wg genkey | flurry secrets set secrets/${edge}.yaml wireguard/private-key`];
  return `${head}
Files are encrypted with SOPS; each value is at \`/run/secrets/<its path>\` on the hosts that may read the file. A host
reads them with its ssh host key, which has to be pinned. The first secret:

\`\`\`console
$ flurry secrets add-host ${edge ?? "NAME"} --scan ADDRESS    # where flurry host add has not pinned it
$ $EDITOR fleet.yaml           # secrets.files: ${file}
$ ${example}
$ flurry render                # declares it for its hosts
\`\`\`
`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
