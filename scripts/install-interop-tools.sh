#!/usr/bin/env bash
# Installs the programs that interop tests compare with into ~/.cache/flurry-interop/bin (or $FLURRY_INTEROP_DIR/bin):
# age and age-keygen of several releases, sops of several releases; gpg and Debian's age where apt-get works.
# Runs again at no cost: what is there already is kept. Prints the directory, for PATH, as its last line.
#
# Names: age, age-keygen, age-plugin-batchpass (newest), age-1.2.0; sops (newest), and sops-VERSION for each of
# FLURRY_INTEROP_SOPS (default below). The first run builds for some minutes.
set -euo pipefail
dir=${FLURRY_INTEROP_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/flurry-interop}
bin=$dir/bin
mkdir -p "$bin"
exec 9>"$dir/lock"
flock 9
missing=0

# Debian's packages: gpg for PGP keys, age 1.1 as the oldest age in use, ssh-keygen, expect to answer prompts at a terminal, strace to see what is written.
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

# go_tool NAME PACKAGE VERSION: builds a program and installs it as NAME. A failed build leaves nothing behind.
go_tool() {
  local name=$1 package=$2 version=$3 build
  [ -x "$bin/$name" ] && return 0
  command -v go >/dev/null || { echo "no go: $name is not installed" >&2; missing=1; return 0; }
  build=$(mktemp -d "$dir/build.XXXXXX")
  if GOBIN="$build" GOFLAGS='-buildvcs=false' go install -trimpath -ldflags='-s -w' "$package@$version" >&2; then
    mv "$build/${package##*/}" "$bin/$name"
  else
    echo "could not build $name from $package $version" >&2
    missing=1
  fi
  rm -rf "$build"
}

go_tool age filippo.io/age/cmd/age v1.3.2
go_tool age-keygen filippo.io/age/cmd/age-keygen v1.3.2
go_tool age-plugin-batchpass filippo.io/age/cmd/age-plugin-batchpass v1.3.2
go_tool age-1.2.0 filippo.io/age/cmd/age v1.2.0
go_tool sops github.com/getsops/sops/v3/cmd/sops v3.13.3
for version in ${FLURRY_INTEROP_SOPS:-3.9.4 3.12.2}; do
  go_tool "sops-$version" github.com/getsops/sops/v3/cmd/sops "v$version"
done

[ "$missing" = 0 ] || echo "some programs are missing; tests that compare with them use committed vectors only" >&2
echo "$bin"
