#!/bin/sh
# Removes what a lab that has ended leaves on this machine.
# env: LAB CGROUP EPHEMERAL
set -u
if [ -n "${CGROUP:-}" ]; then
  i=0
  while [ -d "$CGROUP" ] && [ $i -lt 50 ]; do
    find "$CGROUP" -depth -type d -exec rmdir {} + 2> /dev/null
    [ ! -d "$CGROUP" ] || sleep 0.1
    i=$((i + 1))
  done
fi
# Mounts of the lab were never visible here, so that this meets files of the lab only. The log stays where the lab's
# author chose the directory.
# Directories only: files of the store may be hard links to those of the cache.
[ "$(id -u)" = 0 ] || find "$LAB/nix" -type d -exec chmod u+w {} + 2> /dev/null
for name in lab.json pid born go ready hosts hosts.d template home nix nix-conf root usr ssh_config known_hosts id_ed25519 id_ed25519.pub; do
  rm -rf --one-file-system "${LAB:?}/$name"
done
if [ -n "${EPHEMERAL:-}" ]; then rm -rf --one-file-system "${LAB:?}"; fi
