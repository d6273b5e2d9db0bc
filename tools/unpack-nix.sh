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
case $suite in
  *[!a-z]*) echo "not a suite of Debian: $suite" >&2; exit 2 ;;
esac
base=${XDG_CACHE_HOME:-$HOME/.cache}/flurry-nix
# The mirror that this machine's apt uses for Debian itself; security updates have another. Other distributions name one.
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' | grep -v security | head -n 1)}
mirror=${mirror%/}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
directory=$base/$suite
nix=$directory/bin/nix

if [ -x "$nix" ]; then
  echo "$nix"
  exit 0
fi

if [ ! -e "$keyring" ]; then
  echo "$keyring is missing: apt-get install debian-archive-keyring (and set DEBIAN_MIRROR where that is not Debian)" >&2
  exit 1
fi

arch=$(dpkg --print-architecture)
mkdir -p "$base"
work=$(mktemp -d "$base/$suite.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# An apt of its own, which thinks that nothing is installed and so fetches every library too.
apt=$work/apt
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/preferences.d"
: > "$apt/status"
echo "deb [signed-by=$keyring] $mirror $suite main" > "$apt/sources.list"
apt_get() {
  apt-get -qq \
    -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferencesparts="$apt/preferences.d" \
    -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" \
    -o Dir::Cache::archives="$apt/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o APT::Install-Recommends=false \
    -o APT::Sandbox::User= -o Debug::NoLocking=true "$@" >&2
}
apt_get update
apt_get install --download-only --yes nix-bin

root=$work/root
mkdir -p "$root"
for package in "$apt"/archives/*.deb; do
  # Scripts, manuals and locales are not needed to run one program.
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./usr/share/doc
done

find_one() {
  found=$(find "$root" -path "$1" | head -n 1)
  [ -n "$found" ] || { echo "the packages of $suite have no $1" >&2; exit 1; }
  echo "${found#"$root"}"
}
loader=$(find_one '*/ld-linux-*.so.*')
# One directory with links to all libraries: the command line of the process stays readable.
mkdir -p "$root/libraries"
find "$root/usr/lib" -name '*.so*' ! -type d ! -path '*/gconv/*' ! -path '*/ossl-modules/*' ! -path '*/engines-3/*' |
  while read -r library; do ln -sf "../${library#"$root/"}" "$root/libraries/$(basename "$library")"; done

mkdir -p "$work/bin"
cat > "$work/bin/nix" <<WRAPPER
#!/bin/sh
# Runs the nix of Debian $suite with the libraries it was built for.
root=\$(dirname -- "\$(dirname -- "\$0")")/root
# Nix starts itself as a helper: by this name.
NIX_BIN_DIR=\$(dirname -- "\$0")
export NIX_BIN_DIR
exec "\$root$loader" --argv0 nix --library-path "\$root/libraries" "\$root/usr/bin/nix" "\$@"
WRAPPER
chmod +x "$work/bin/nix"
"$work/bin/nix" --version >&2

rm -rf "$apt"
trap - EXIT
chmod 755 "$work"
# Whoever is first wins; the other's is as good.
mv -T "$work" "$directory" 2>/dev/null || rm -rf "$work"
echo "$nix"
