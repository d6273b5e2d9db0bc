#!/usr/bin/env bash
# Installs the programs that interop tests compare with into ~/.cache/flurry-interop/bin (or $FLURRY_INTEROP_DIR/bin):
# age and sops of several releases, ssh-to-age and rage; gpg, ssh-keygen and Debian's age where apt-get works.
# Runs again at no cost: what is there already is kept. Prints the directory, for PATH, as its last line.
#
# Names: age, age-keygen, age-plugin-batchpass (newest), age-1.2.0; sops (newest), and sops-VERSION for each of
# FLURRY_INTEROP_SOPS (default below); ssh-to-age; rage, rage-keygen. The first run builds for some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=${FLURRY_INTEROP_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/flurry-interop}
bin=$dir/bin
mkdir -p "$bin"
exec 9>"$dir/lock"
flock 9
missing=0

# Debian's packages: gpg for PGP keys, age 1.1 as the oldest age in use, ssh-keygen, expect to answer prompts at a terminal,
# strace to see what is written.
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  wanted=()
  command -v gpg >/dev/null || wanted+=(gnupg)
  command -v ssh-keygen >/dev/null || wanted+=(openssh-client)
  command -v expect >/dev/null || wanted+=(expect)
  command -v strace >/dev/null || wanted+=(strace)
  [ -x /usr/bin/age ] || wanted+=(age)
  if [ ${#wanted[@]} -gt 0 ]; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${wanted[@]}"; } >&2 ||
      { echo "could not install: ${wanted[*]}" >&2; missing=1; }
  fi
fi

# rage from Debian, where the stable release has none; from its source elsewhere. Waits for the network while Go compiles.
rage() {
  [ -x "$bin/rage" ] && [ -x "$bin/rage-keygen" ] && return 0
  if tools/unpack-debian.sh sid rage "$dir/rage" >&2 && "$dir/rage/run" rage --version >&2; then
    for name in rage-keygen rage; do
      printf '#!/bin/sh\nexec "%s" %s "$@"\n' "$dir/rage/run" "$name" >"$bin/.$name"
      chmod 755 "$bin/.$name"
      mv "$bin/.$name" "$bin/$name"
    done
  elif command -v cargo >/dev/null; then
    cargo install --quiet --locked --root "$dir" rage@0.12.1 >&2
  else
    return 1
  fi
}
rage 9>&- &
raging=$!

# go_tool NAME PROGRAM MODULE VERSION: builds a program of a module, in a module of its own that asks for this one version
# (so no list of versions is needed, which not each proxy of Go has), and installs it as NAME. A failed build leaves
# nothing behind.
go_tool() {
  local name=$1 program=$2 module=$3 version=$4 build
  [ -x "$bin/$name" ] && return 0
  command -v go >/dev/null || { echo "no go: $name is not installed" >&2; missing=1; return 0; }
  build=$(mktemp -d "$dir/build.XXXXXX")
  printf 'module interop\n\ngo 1.21\n\nrequire %s %s\n' "$module" "$version" >"$build/go.mod"
  if (cd "$build" && go build -mod=mod -trimpath -buildvcs=false -ldflags="-s -w" -o program "$module/$program") >&2; then
    mv "$build/program" "$bin/$name"
  else
    echo "could not build $name from $module/$program $version" >&2
    missing=1
  fi
  rm -rf "$build"
}

go_tool ssh-to-age cmd/ssh-to-age github.com/Mic92/ssh-to-age v1.3.0
go_tool age cmd/age filippo.io/age v1.3.2
go_tool age-keygen cmd/age-keygen filippo.io/age v1.3.2
go_tool age-plugin-batchpass cmd/age-plugin-batchpass filippo.io/age v1.3.2
go_tool age-1.2.0 cmd/age filippo.io/age v1.2.0
go_tool sops cmd/sops github.com/getsops/sops/v3 v3.13.3
for version in ${FLURRY_INTEROP_SOPS:-3.7.3 3.9.4 3.12.2}; do
  case $version in
    3.[0-7].*) module=go.mozilla.org/sops/v3 ;;
    *) module=github.com/getsops/sops/v3 ;;
  esac
  go_tool "sops-$version" cmd/sops "$module" "v$version"
done

wait "$raging" || { echo "could not install rage" >&2; missing=1; }

[ "$missing" = 0 ] || echo "some programs are missing; tests that compare with them use committed vectors only" >&2
echo "$bin"
