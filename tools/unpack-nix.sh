#!/bin/sh
# Unpacks another version of Nix beside the installed one, from Debian's own packages, for tests against several versions.
# Nothing is installed: the packages' files lie in a directory of their own, and a small program there runs them with
# their own libraries.
#
#   tools/unpack-nix.sh trixie      Nix 2.26
#   tools/unpack-nix.sh sid         Nix 2.34 or newer
#
# Prints the path of a `nix` to run. A version that is there already is not fetched again; delete the directory to do so.
set -eu

suite=${1:?usage: unpack-nix.sh SUITE}
directory=${XDG_CACHE_HOME:-$HOME/.cache}/flurry-nix/$suite
nix=$directory/bin/nix

if [ ! -x "$nix" ]; then
  "$(dirname -- "$0")/unpack-debian.sh" "$suite" nix-bin "$directory"
  mkdir -p "$directory/bin"
  new=$(mktemp "$directory/bin/nix.XXXXXX")
  cat > "$new" <<'WRAPPER'
#!/bin/sh
# Nix starts itself as a helper: by this name.
NIX_BIN_DIR=$(dirname -- "$0")
export NIX_BIN_DIR
exec "$NIX_BIN_DIR/../run" nix "$@"
WRAPPER
  chmod 755 "$new"
  mv "$new" "$nix"
  "$nix" --version >&2
fi
echo "$nix"
