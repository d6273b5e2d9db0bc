#!/bin/sh
# host-create.sh NAME...: the disks of new hosts. Runs inside the lab's namespaces.
# env: LAB MAPPING
set -eu
create() {
  name=$1
  disk=/.flurry-lab/hosts/$name
  # shellcheck source=/dev/null
  . "$LAB/hosts.d/$name/spec"
  mkdir -p "$disk"
  cp -r "$LAB/template/." "$disk/"
  cp -r "$LAB/hosts.d/$name/disk/." "$disk/"
  cp "$LAB/hosts.d/$name/spec" "$disk/.spec"
  chmod 755 "$disk" "$disk/etc" "$disk/etc/ssh" "$disk/home" "$disk/nix"
  chmod 700 "$disk/root" "$disk/root/.ssh"
  chmod 600 "$disk/etc/ssh/ssh_host_ed25519_key"
  cp /etc/ld.so.cache "$disk/etc/" 2> /dev/null || true
  [ ! -d /etc/alternatives ] || cp -dR /etc/alternatives "$disk/etc/"
  if [ "$MAPPING" != single ]; then
    chown -R 1000:1000 "$disk/home/deploy"
    chmod 700 "$disk/home/deploy" "$disk/home/deploy/.ssh"
    chmod 440 "$disk/etc/sudoers"
  fi
  if [ -n "$STORE_SIZE_MIB" ]; then
    mount -t tmpfs -o "mode=755,size=${STORE_SIZE_MIB}m" flurry-nix "$disk/nix"
  fi
  mkdir -p "$disk/nix/store" "$disk/nix/var/nix/profiles/per-user" "$disk/nix/var/nix/gcroots/per-user"
  chmod 1777 "$disk/nix/var/nix/profiles/per-user" "$disk/nix/var/nix/gcroots/per-user"
  chmod 1775 "$disk/nix/store"
  # The network of a host outlives its power; the lab's end of the cable is out of the host's reach.
  net=/.flurry-lab/net/$name
  : > "$net"
  unshare --net="$net" true
  ip link add "$CABLE" type veth peer name eth0 netns "$net"
  ip link set "$CABLE" master br0 up
}
jobs=
for name; do
  create "$name" &
  jobs="$jobs $!"
done
status=0
for job in $jobs; do wait "$job" || status=1; done
exit $status
