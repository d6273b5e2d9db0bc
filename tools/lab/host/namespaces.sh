#!/bin/sh
# Makes the lab's namespaces and waits for their end. A process that is executed before its user namespace has a uid
# map loses its capabilities; so the first process waits for the map and then executes the supervisor.
set -u
if [ "$MAPPING" = identity ] || [ "$MAPPING" = none ]; then
  mount --bind /usr "$LAB/usr" && mount -o remount,bind,ro "$LAB/usr" || exit 1
fi
flags='--mount --net --pid --ipc --fork --kill-child=KILL --propagation private'
[ "$MAPPING" = none ] || flags="--user $flags"
rm -f "$LAB/born" "$LAB/go"
mkfifo "$LAB/born" "$LAB/go"
exec 8<&0
# shellcheck disable=SC2086 # flags are words
(unshare $flags sh -c 'read -r pid _ < /proc/self/stat; echo "$pid" > "$LAB/born"; read -r _ < "$LAB/go"; exec sh "$ASSETS/supervisor.sh"' <&8
  status=$?
  [ -e "$LAB/pid" ] || echo failed > "$LAB/born"
  exit $status) &
unshare_pid=$!
exec 8<&-
read -r pid < "$LAB/born"
[ "$pid" != failed ] || exit 1
rm -f "$LAB/born"
case $MAPPING in
  identity) printf '0 0 %s' "$MAP_COUNT" > "/proc/$pid/uid_map" && printf '0 0 %s' "$MAP_COUNT" > "/proc/$pid/gid_map" ;;
  subuid)
    newuidmap "$pid" 0 "$(id -u)" 1 1 "$SUBUID_START" "$MAP_COUNT" && newgidmap "$pid" 0 "$(id -g)" 1 1 "$SUBGID_START" "$MAP_COUNT"
    ;;
  single)
    echo deny > "/proc/$pid/setgroups"
    printf '0 %s 1' "$(id -u)" > "/proc/$pid/uid_map" && printf '0 %s 1' "$(id -g)" > "/proc/$pid/gid_map"
    ;;
  none) : ;;
esac || { echo "no uid map for the lab's user namespace" >&2; kill -KILL "$pid"; exit 1; }
echo "$pid" > "$LAB/pid.new" && mv "$LAB/pid.new" "$LAB/pid"
echo go > "$LAB/go"
wait "$unshare_pid"
