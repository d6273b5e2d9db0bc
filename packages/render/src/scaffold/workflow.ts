/** The text of `.github/workflows/fleet.yml`: checks and plans what is proposed, deploys what is merged. */
export const workflow = `# Checks what is proposed, shows in a comment what it would change on which host, and deploys what is merged.
name: fleet
on:
  pull_request:
  push:
    branches: [main]

# Two deployments at a time would only wait for each other's locks.
concurrency:
  group: fleet-\${{ github.event_name == 'push' && 'deploy' || github.ref }}
  cancel-in-progress: \${{ github.event_name != 'push' }}

permissions:
  contents: read

env:
  TURBO_TELEMETRY_DISABLED: "1"

jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - uses: cachix/install-nix-action@v31
      - run: if [ -f package-lock.json ]; then npm ci; else npm install; fi
      - run: npx flurry render --check
      - run: npx turbo run check

  plan:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read
      pull-requests: write
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - uses: cachix/install-nix-action@v31
      - run: if [ -f package-lock.json ]; then npm ci; else npm install; fi
      - env:
          BASE: \${{ github.base_ref }}
        run: npx flurry plan --changed --since "origin/$BASE" --build --markdown > plan.md
      # One comment, which later pushes replace.
      - env:
          GH_TOKEN: \${{ github.token }}
          PR: \${{ github.event.pull_request.number }}
        run: |
          gh pr comment "$PR" --edit-last --body-file plan.md || gh pr comment "$PR" --body-file plan.md

  deploy:
    if: github.event_name == 'push'
    needs: check
    # The machine has to reach the hosts: a runner of your own in their network, or a VPN as a step before.
    runs-on: ubuntu-latest
    timeout-minutes: 120
    environment: fleet
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - uses: cachix/install-nix-action@v31
      - run: if [ -f package-lock.json ]; then npm ci; else npm install; fi
      - name: deploy
        env:
          # A private ssh key whose public half is in keys/. It goes to the agent and to no file.
          DEPLOY_KEY: \${{ secrets.DEPLOY_KEY }}
        run: |
          eval "$(ssh-agent -s)"
          trap 'ssh-agent -k' EXIT
          printf '%s\\n' "$DEPLOY_KEY" | ssh-add -q -
          unset DEPLOY_KEY
          npx turbo run deploy
`;
