# Boots a host in its own root: the system that the boot entry names, or the installer when there is none.
# env: INIT DAEMON
export PATH=/run/lab/bin:/usr/sbin:/usr/bin:/sbin:/bin
ip link set lo up
# The network namespace outlives a power cut; on a machine addresses and packet filters do not. The lab's faults stay.
ip addr flush dev eth0
ip link set eth0 down
nft list tables 2> /dev/null | while read -r _ family table; do
  case $table in flurry_*) ;; *) nft delete table "$family" "$table" ;; esac
done
system=$(cat /boot/lab-default 2> /dev/null)
# As firmware and boot loader keep them: what is started once, and what instead of the default.
[ ! -e /boot/lab-override ] || system=$(cat /boot/lab-override)
[ ! -e /boot/lab-oneshot ] || { system=$(cat /boot/lab-oneshot); rm -f /boot/lab-oneshot; }
if [ -n "$system" ] && [ -x "$system/activate" ]; then
  echo "[lab] boots $system"
  "$system/activate" || echo "[lab] activation ended with $?"
  ln -sfn "$system" /run/booted-system
else
  [ -z "$system" ] || echo "[lab] $system is not bootable"
  ip addr add "$(cat /run/lab/address)" dev eth0
  ip link set eth0 up
fi
if [ -n "$DAEMON" ]; then
  # As its unit would: it comes back when it was killed. A daemon that has only just begun ignores SIGTERM, and a
  # shutdown would wait for it.
  (
    trap 'kill -KILL "$daemon"; exit 0' TERM
    while :; do
      nix-daemon > /run/lab/nix-daemon.log 2>&1 &
      daemon=$!
      wait "$daemon"
      sleep 1
    done
  ) &
fi
init=$INIT
unset ADDRESS DAEMON INIT OLDPWD
if [ "$init" = systemd ]; then
  sh /run/lab/mark-up &
  # Debian's own units and generators stay out of sight: on NixOS all units come from the system.
  export container=lab SYSTEMD_UNIT_PATH=/run/systemd/transient:/run/systemd/system:/etc/systemd/system SYSTEMD_GENERATOR_PATH=/run/lab/none
  exec /usr/lib/systemd/systemd --system --log-target=console --log-level=warning --show-status=0
fi
exec /run/lab/bin/init
