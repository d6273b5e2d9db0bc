#!/usr/bin/env bash
# What one does without a deployment tool: build, copy, set the profile, switch. One host after another, or -j at a time.
# usage: by-hand.sh [-j N] DIRECTORY HOST...
set -euo pipefail

jobs=1
if [ "$1" = -j ]; then
  jobs=$2
  shift 2
fi
cd "$1"
shift

export NIX_SSHOPTS="-F $SSH_CONFIG_FILE"

deploy() {
  local host=$1 system
  nix build --out-link "$HOME/result-$host" ".#nixosConfigurations.$host.config.system.build.toplevel"
  system=$(readlink "$HOME/result-$host")
  nix copy --no-check-sigs --to "ssh-ng://root@$host" "$system"
  ssh -F "$SSH_CONFIG_FILE" "root@$host" \
    "nix-env --profile /nix/var/nix/profiles/system --set $system && $system/bin/switch-to-configuration switch"
}

if [ "$jobs" = 1 ]; then
  for host in "$@"; do deploy "$host"; done
else
  export -f deploy
  printf '%s\n' "$@" | xargs -P "$jobs" -I{} bash -euo pipefail -c 'deploy {}'
fi
