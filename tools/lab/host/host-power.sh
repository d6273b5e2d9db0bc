#!/bin/sh
# host-power.sh on|off|wait-up NAME...: powers hosts on or cuts their power. Runs inside the lab's namespaces.
# env: LAB ASSETS MAPPING CGROUP
set -eu
state=/.flurry-lab
export LAB ASSETS MAPPING

power_off() {
  # The loop of power_on must not take the end of its host for a reboot.
  : > "$state/control/$1.off"
  i=0
  while [ -e "$state/pid/$1" ]; do
    # Again and again, for a host whose boot has just begun has no first process yet.
    pid=
    { read -r pid < "$state/pid/$1" || true; } 2> /dev/null
    [ -z "$pid" ] || kill -KILL "$pid" 2> /dev/null || true
    i=$((i + 1))
    [ $i -lt 1000 ] || { echo "$1 does not end" >&2; return 1; }
    sleep 0.01
  done
}

# A boot: nsenter keeps the network, the other namespaces are new. reboot(2) in a pid namespace ends its init with
# SIGHUP (restart) or SIGINT (power off), which unshare passes on as 129 and 130. Anything else is a loss of power.
# A boot loop ends after two hundred boots, or it would eat the machine.
power_on() {
  [ ! -e "$state/pid/$1" ] || { echo "$1 has power already" >&2; return 1; }
  rm -f "$state/control/$1.off" "$state/hosts/$1/.up"
  : > "$state/pid/$1"
  NAME=$1 setsid sh -c '
    . "/.flurry-lab/hosts/$NAME/.spec"
    export NAME ADDRESS PREFIX INIT DAEMON SUDO
    pidfile=/.flurry-lab/pid/$NAME
    boots=0
    while :; do
      nsenter --net="/.flurry-lab/net/$NAME" unshare --mount --uts --ipc --pid --fork --kill-child=KILL --propagation private \
        sh "$ASSETS/host-init.sh"
      status=$?
      echo "[lab] $NAME ended with $status"
      rm -f "/.flurry-lab/hosts/$NAME/.up"
      boots=$((boots + 1))
      { [ $status = 129 ] && [ $boots -lt 200 ] && [ ! -e "/.flurry-lab/control/$NAME.off" ]; } || break
      sleep 0.2
    done
    rm -f "$pidfile"' < /dev/null >> "$LAB/log/$1.log" 2>&1 &
}

wait_up() {
  i=0
  until [ -e "$state/hosts/$1/.up" ]; do
    i=$((i + 1))
    [ $i -lt 3000 ] || { echo "$1 did not boot within 30 s" >&2; return 1; }
    [ -e "$state/pid/$1" ] || { echo "$1 lost its power while it booted" >&2; return 1; }
    sleep 0.01
  done
}

action=$1
shift
status=0
case $action in
  on)
    for name; do power_on "$name" || status=1; done
    ;;
  off)
    for name; do power_off "$name" || status=1; done
    ;;
  wait-up)
    for name; do wait_up "$name" || status=1; done
    ;;
esac
exit $status
