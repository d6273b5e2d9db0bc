#!/bin/sh
# delay.sh CABLE ONE_WAY_MS: puts a slow wire into the cable of a host, or takes it out (0). Runs inside the lab.
# The bridge's end keeps its name, so that other faults of the cable still find it.
# env: ASSETS
set -eu
cable=$1
delay=$2
far=w${cable#v}
near=r${cable#v}
table=flurry_wire_$cable
control=/.flurry-lab/control/$cable.wire
if [ -e "$control" ]; then
  kill "$(cat "$control")" 2> /dev/null || true
  nft delete table netdev "$table"
  ip link del "$cable"
  ip link set "$far" down
  ip link set "$far" name "$cable"
  ip link set "$cable" master br0 up
  rm -f "$control"
fi
[ "$delay" != 0 ] || exit 0
ip link set "$cable" nomaster down
ip link set "$cable" name "$far"
ip link add "$cable" type veth peer name "$near"
for device in "$far" "$near"; do
  ip link set "$device" addrgenmode none
  ip link set "$device" up
done
# The frames are for the wire alone: this network's own stack must not answer them.
nft -f - << RULES
table netdev $table {
  chain far { type filter hook ingress device "$far" priority 0; drop;
  }
  chain near { type filter hook ingress device "$near" priority 0; drop;
  }
}
RULES
setsid perl "$ASSETS/slow-wire.pl" "$far" "$near" "$delay" < /dev/null > "$control.log" 2>&1 &
echo $! > "$control"
i=0
until grep -q ready "$control.log"; do
  i=$((i + 1))
  [ $i -lt 200 ] || { cat "$control.log" >&2; exit 1; }
  sleep 0.01
done
ip link set "$cable" master br0 up
