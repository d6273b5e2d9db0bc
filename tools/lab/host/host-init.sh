#!/bin/sh
# First process of a host: makes its root file system, enters it, and boots.
# env: LAB ASSETS MAPPING CGROUP NAME ADDRESS PREFIX INIT DAEMON SUDO
set -eu
disk=/.flurry-lab/hosts/$NAME
if [ -n "$CGROUP" ] && [ -z "${JOINED:-}" ]; then
  # The host alone: what waits for its end outside has to go on while the host is frozen.
  mkdir -p "$CGROUP/$NAME"
  echo 0 > "$CGROUP/$NAME/cgroup.freeze"
  echo 0 > "$CGROUP/$NAME/cgroup.procs"
  export JOINED=1
  rm -f "$disk/.cgroup" "$disk/.cgroup-namespace"
  echo "$CGROUP/$NAME" > "$disk/.cgroup"
  if [ "$INIT" = systemd ]; then
    : > "$disk/.cgroup-namespace"
    exec unshare --cgroup sh "$0"
  fi
fi
# The lab enters and ends the host by its first process, which the host's own /proc calls 1.
read -r pid _ < /proc/self/stat
echo "$pid" > "/.flurry-lab/pid/$NAME.new"
mv "/.flurry-lab/pid/$NAME.new" "/.flurry-lab/pid/$NAME"

root=/.flurry-lab/root
mount -t tmpfs -o mode=755,size=16m host "$root"
cd "$root"
mkdir usr etc nix var root boot home run tmp proc sys dev mnt srv
for name in bin sbin lib; do ln -s usr/$name $name; done
[ ! -e /usr/lib64 ] || ln -s usr/lib64 lib64
usr=/usr
[ ! -e "$LAB/usr/bin" ] || usr=$LAB/usr
mount --bind "$usr" usr
mount -o remount,bind,ro usr 2> /dev/null || true
for name in etc var root boot home; do mount --bind "$disk/$name" $name; done
mount --rbind "$disk/nix" nix
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=1777 tmp tmp
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys 2> /dev/null || true
if [ "$INIT" = systemd ]; then
  mount -t tmpfs -o mode=755 cgroup sys/fs/cgroup 2> /dev/null || true
  mount -t cgroup2 cgroup2 sys/fs/cgroup
fi
mount -t tmpfs -o mode=755 dev dev
for name in null zero full random urandom tty; do
  : > dev/$name
  mount --bind /dev/$name dev/$name
done
mkdir dev/pts dev/shm
chmod 1777 dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
: > dev/console
mount --bind /dev/null dev/console

mkdir -p run/lab/bin run/lab/ctl
mount --bind "$disk" run/lab/ctl
chmod 700 run/lab/ctl
cat /proc/sys/kernel/random/uuid > run/lab/boot_id
mount --bind run/lab/boot_id proc/sys/kernel/random/boot_id 2> /dev/null || true
echo "$ADDRESS/$PREFIX" > run/lab/address
cp "$ASSETS/host-boot.sh" run/lab/boot
cp "$ASSETS/mark-up.sh" run/lab/mark-up
cp "$ASSETS/dbus.conf" "$ASSETS/no-setgroups.pl" run/lab/

# What the host shall not have is covered by a file that cannot be executed.
: > run/lab/absent
cover() { [ ! -e "usr/bin/$1" ] || mount --bind "$2" "usr/bin/$1"; }
if [ "$INIT" = mini ]; then
  cp "$ASSETS/mini/init" "$ASSETS/mini/systemctl" run/lab/bin/
  chmod 755 run/lab/bin/*
  # Not every machine has these to be covered.
  for name in reboot poweroff halt shutdown; do ln -s systemctl "run/lab/bin/$name"; done
  cover systemctl run/lab/bin/systemctl
  cover systemd-run run/lab/absent
fi
[ "$SUDO" != absent ] || cover sudo run/lab/absent

mkdir mnt/old
pivot_root . mnt/old
cd /
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
umount -l /mnt/old
rmdir /mnt/old
hostname "$NAME"
single=
[ "$MAPPING" != single ] || single='perl /run/lab/no-setgroups.pl'
unset LAB ASSETS MAPPING NAME CGROUP JOINED PREFIX SUDO
# shellcheck disable=SC2086 # words
exec $single sh /run/lab/boot
