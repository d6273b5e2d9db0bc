#!/usr/bin/env bash
# What one does without an evaluator: nix eval for one host after another, for all in one process, or -j at a time.
# Prints each host with its derivation.
# usage: by-nix.sh loop|one-process|parallel DIRECTORY HOST...
set -euo pipefail

how=$1
cd "$2"
shift 2

evaluate() {
  nix --extra-experimental-features "nix-command flakes" eval "$@"
}

one() {
  echo "$1 $(evaluate --raw ".#nixosConfigurations.$1.config.system.build.toplevel.drvPath")"
}

case $how in
  loop)
    for host in "$@"; do one "$host"; done
    ;;
  one-process)
    systems="hosts: map (name: \"\${name} \${hosts.\${name}.config.system.build.toplevel.drvPath}\n\")"
    evaluate --raw .#nixosConfigurations --apply "hosts: toString (($systems) hosts [ $(printf '"%s" ' "$@") ])"
    ;;
  parallel)
    export -f evaluate one
    printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -euo pipefail -c 'one {}'
    ;;
esac
