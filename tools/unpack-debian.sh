#!/bin/sh
# Unpacks a package of another suite of Debian, with all that it depends on, beside the installed system: for tests against
# programs that this machine's Debian has in another version or not at all. Nothing is installed.
#
#   tools/unpack-debian.sh SUITE PACKAGE DIRECTORY
#
# DIRECTORY/run PROGRAM ARGUMENT… then runs /usr/bin/PROGRAM of it with its own libraries. A directory that is there
# already is left as it is; delete it to fetch the package again.
set -eu

usage='usage: unpack-debian.sh SUITE PACKAGE DIRECTORY'
suite=${1:?$usage}
package=${2:?$usage}
directory=${3:?$usage}
case $suite in
  *[!a-z]*) echo "not a suite of Debian: $suite" >&2; exit 2 ;;
esac
[ -x "$directory/run" ] && exit 0

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ ! -e "$keyring" ]; then
  echo "$keyring is missing: apt-get install debian-archive-keyring (and set DEBIAN_MIRROR where that is not Debian)" >&2
  exit 1
fi
# The mirror that this machine's apt uses for Debian itself; security updates have another. Other distributions name one.
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' | grep -v security | head -n 1)}
mirror=${mirror%/}
arch=$(dpkg --print-architecture)

mkdir -p "$(dirname "$directory")"
work=$(mktemp -d "$directory.XXXXXX")
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
    -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
    -o APT::Sandbox::User= -o Debug::NoLocking=true "$@" >&2
}
apt_get update
apt_get install --download-only --yes "$package"

root=$work/root
mkdir -p "$root"
for archive in "$apt"/archives/*.deb; do
  # Scripts, manuals and locales are not needed to run one program.
  dpkg-deb --fsys-tarfile "$archive" | tar -x -C "$root" --exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./usr/share/doc
done

loader=$(find "$root" -path '*/ld-linux-*.so.*' | head -n 1)
[ -n "$loader" ] || { echo "the packages of $suite have no loader of programs" >&2; exit 1; }
# One directory with links to all libraries: the command line of the process stays readable.
mkdir -p "$root/libraries"
find "$root/usr/lib" -name '*.so*' ! -type d ! -path '*/gconv/*' ! -path '*/ossl-modules/*' ! -path '*/engines-3/*' |
  while read -r library; do ln -sf "../${library#"$root/"}" "$root/libraries/$(basename "$library")"; done

cat > "$work/run" <<RUN
#!/bin/sh
# Runs a program of Debian $suite with the libraries it was built for.
root=\$(dirname -- "\$0")/root
program=\$1
shift
exec "\$root${loader#"$root"}" --argv0 "\$program" --library-path "\$root/libraries" "\$root/usr/bin/\$program" "\$@"
RUN
chmod 755 "$work" "$work/run"

rm -rf "$apt"
trap - EXIT
# Whoever is first wins; the other's is as good.
mv -T "$work" "$directory" 2>/dev/null || rm -rf "$work"
