# What a run leaves on the host, and how it ends.

pin() { ln -sfn "$2" "/nix/var/nix/gcroots/flurry-$id-$1"; }
unpin() { rm -f "/nix/var/nix/gcroots/flurry-$id-candidate" "/nix/var/nix/gcroots/flurry-$id-before"; }
forget_old_runs() { # keep the records of the last twenty runs that have ended
  kept=0
  # shellcheck disable=SC2045 # run ids have no blanks, and sort by time
  for old in $(ls -r "$base/runs"); do
    [ -e "$base/runs/$old/verdict" ] || continue
    kept=$((kept + 1))
    [ "$kept" -le 20 ] || rm -rf "${base:?}/runs/$old"
  done
}
conclude() { # STATUS REASON: store the verdict, then disarm
  put reason "$2"
  put verdict "$1"
  command -v logger > /dev/null && logger -t flurry "run $id: $1${2:+ ($2)}" 2> /dev/null
  disarm
}
disarm() {
  drop_lock
  unpin
  stop_all_timers
}
