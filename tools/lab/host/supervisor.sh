#!/bin/sh
# PID 1 of the lab: when it ends, every process, mount and network of the lab ends with it.
# Its file system is this machine's, with /nix and /etc/hosts of the lab's own; its state lies in memory at /.flurry-lab.
# env: LAB MAPPING TIED STORE STATE_SIZE GATEWAY
set -eu
rm -f "$LAB/go"
root=$LAB/root
mount -t tmpfs -o mode=755,size=16m flurry-lab "$root"
for entry in /* /.[!.]*; do
  name=${entry#/}
  if [ -L "$entry" ]; then
    cp -P "$entry" "$root/$name"
  elif [ "$name" = proc ]; then
    mkdir "$root/proc"
    mount -t proc proc "$root/proc"
  elif [ "$name" = nix ] && [ "$STORE" = own ]; then
    :
  elif [ -d "$entry" ]; then
    mkdir "$root/$name"
    mount --rbind "$entry" "$root/$name"
  elif [ -e "$entry" ]; then
    : > "$root/$name"
    mount --bind "$entry" "$root/$name"
  fi
done
if [ "$STORE" = own ]; then
  mkdir "$root/nix"
  mount --bind "$LAB/nix" "$root/nix"
fi
[ ! -e "$root/etc/hosts" ] || mount --bind "$LAB/hosts" "$root/etc/hosts"
mkdir "$root/.flurry-lab" "$root/.machine"
mount -t tmpfs -o "mode=755,size=$STATE_SIZE" flurry-hosts "$root/.flurry-lab"
cd "$root"
pivot_root . .machine
cd /
umount -l /.machine
rmdir /.machine
state=/.flurry-lab
mkdir "$state/net" "$state/hosts" "$state/root" "$state/pid" "$state/control"
ip link set lo up
ip link add br0 type bridge
ip addr add "$GATEWAY" dev br0
ip link set br0 up
: > "$LAB/ready"
if [ -n "${TIED:-}" ]; then
  # A background job of sh reads /dev/null unless told otherwise.
  exec 8<&0
  cat <&8 > /dev/null &
  wait $! || true
  exit 0
fi
exec < /dev/null
while :; do
  sleep 3600 &
  wait $! || true # also reaps what others left
done
