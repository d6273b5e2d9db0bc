#!/usr/bin/env bash
# Installs the programs that interop tests compare with into ~/.cache/flurry-interop/bin (or $FLURRY_INTEROP_DIR/bin):
# age and age-keygen of several releases, ssh-to-age, sops of several releases; gpg and Debian's age where apt-get works.
# Runs again at no cost: what is there already is kept. Prints the directory, for PATH, as its last line.
#
# Names: age, age-keygen, age-plugin-batchpass (newest), age-1.2.0; rage, rage-keygen; ssh-to-age; sops (newest), and sops-VERSION for each of
# FLURRY_INTEROP_SOPS (default below). The first run builds for some minutes.
set -euo pipefail
dir=${FLURRY_INTEROP_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/flurry-interop}
bin=$dir/bin
mkdir -p "$bin"
exec 9>"$dir/lock"
flock 9
missing=0

# Debian's packages: gpg for PGP keys, age 1.1 as the oldest age in use, ssh-keygen, expect to answer prompts at a terminal.
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  wanted=()
  command -v gpg >/dev/null || wanted+=(gnupg)
  command -v ssh-keygen >/dev/null || wanted+=(openssh-client)
  command -v expect >/dev/null || wanted+=(expect)
  [ -x /usr/bin/age ] || wanted+=(age)
  if [ ${#wanted[@]} -gt 0 ]; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${wanted[@]}"; } >&2 ||
      { echo "could not install: ${wanted[*]}" >&2; missing=1; }
  fi
fi

# go_tool NAME MODULE VERSION PACKAGE: builds a program and installs it as NAME. A failed build leaves nothing behind.
# A module of our own that requires exactly this version, because "go install" also wants the list of all versions.
go_tool() {
  local name=$1 module=$2 version=$3 package=$4 build
  [ -x "$bin/$name" ] && return 0
  command -v go >/dev/null || { echo "no go: $name is not installed" >&2; missing=1; return 0; }
  build=$(mktemp -d "$dir/build.XXXXXX")
  printf 'module interop\n\ngo 1.21\n\nrequire %s %s\n' "$module" "$version" >"$build/go.mod"
  if (cd "$build" && GOFLAGS='-mod=mod -buildvcs=false' go build -trimpath -ldflags='-s -w' -o "$build/program" "$package") >&2; then
    mv "$build/program" "$bin/$name"
  else
    echo "could not build $name from $package $version" >&2
    missing=1
  fi
  rm -rf "$build"
}

# sops_release NAME VERSION: sops moved its module after 3.7.
sops_release() {
  case $2 in
    3.[0-7].*) go_tool "$1" go.mozilla.org/sops/v3 "v$2" go.mozilla.org/sops/v3/cmd/sops ;;
    *) go_tool "$1" github.com/getsops/sops/v3 "v$2" github.com/getsops/sops/v3/cmd/sops ;;
  esac
}

# rage: the age of Rust, whose files have noise stanzas.
rage() {
  local version=0.11.1 build name
  [ -x "$bin/rage" ] && return 0
  command -v cargo >/dev/null || { echo "no cargo: rage is not installed" >&2; missing=1; return 0; }
  build=$(mktemp -d "$dir/build.XXXXXX")
  if CARGO_TARGET_DIR="$build/target" cargo install rage --version "$version" --locked --root "$build" >&2; then
    for name in rage-keygen rage; do mv "$build/bin/$name" "$bin/$name"; done
  else
    echo "could not build rage $version" >&2
    missing=1
  fi
  rm -rf "$build"
}

go_tool age filippo.io/age v1.3.2 filippo.io/age/cmd/age
go_tool age-keygen filippo.io/age v1.3.2 filippo.io/age/cmd/age-keygen
go_tool age-plugin-batchpass filippo.io/age v1.3.2 filippo.io/age/cmd/age-plugin-batchpass
go_tool age-1.2.0 filippo.io/age v1.2.0 filippo.io/age/cmd/age
go_tool ssh-to-age github.com/Mic92/ssh-to-age v1.3.0 github.com/Mic92/ssh-to-age/cmd/ssh-to-age
rage
sops_release sops 3.13.3
for version in ${FLURRY_INTEROP_SOPS:-3.7.3 3.9.4 3.12.2 3.13.2}; do
  sops_release "sops-$version" "$version"
done

[ "$missing" = 0 ] || echo "some programs are missing; tests that compare with them use committed vectors only" >&2
echo "$bin"
