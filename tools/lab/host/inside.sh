#!/bin/sh
# inside.sh NAME WORD...: runs a command on the console of a host. Runs inside the lab's namespaces.
set -eu
name=$1
shift
read -r pid < "/.flurry-lab/pid/$name" || { echo "lab: $name has no power" >&2; exit 125; }
disk=/.flurry-lab/hosts/$name
cgroup=
if [ -e "$disk/.cgroup-namespace" ]; then
  cgroup=--cgroup
elif [ -e "$disk/.cgroup" ]; then
  # Without systemd a service is a child of the command that started it, and has to freeze with the host.
  read -r directory < "$disk/.cgroup"
  echo 0 > "$directory/cgroup.procs"
fi
exec nsenter --target "$pid" --mount --net --pid --uts --ipc $cgroup --root --wd \
  env -i TERM="${TERM:-dumb}" HOME=/root USER=root LANG=C.UTF-8 \
  PATH=/run/lab/bin:/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  sh -c '[ ! -d /.flurry-lab ] || { echo "lab: the host has only begun to boot" >&2; exit 125; }; exec "$@"' sh "$@"
