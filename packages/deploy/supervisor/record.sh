# What a run leaves on the host, and how it ends.

pin() { ln -sfn "$2" "/nix/var/nix/gcroots/flurry-$id-$1"; }
unpin() { rm -f "/nix/var/nix/gcroots/flurry-$id-candidate" "/nix/var/nix/gcroots/flurry-$id-before" "/nix/var/nix/gcroots/flurry-$id-p"[0-9]*; }
forget_old_runs() { # keep the records of the last twenty runs that have ended
  set -- "$base/runs"/*
  [ "$#" -gt 20 ] || return 0
  kept=0
  # shellcheck disable=SC2045 # run ids have no blanks, and sort by time
  for old in $(ls -r "$base/runs"); do
    [ -s "$base/runs/$old/verdict" ] || continue
    kept=$((kept + 1))
    [ "$kept" -le 20 ] || rm -rf "${base:?}/runs/$old"
  done
}
conclude() { # STATUS REASON: store the verdict, then disarm
  # Without a verdict the timers go on, and with them what led here.
  put reason "$2" && put verdict "$1" || return 1
  command -v logger > /dev/null && logger -t flurry "run $id: $1${2:+ ($2)}" 2> /dev/null
  disarm
}
disarm() { # the timers last: they do it again when it is interrupted
  drop_lock
  unpin
  drop_old_keys
  rm -f "$R"/.[a-z]*
  stop_all_timers
}
is_disarmed() {
  for left in "$R"/.[a-z]* "$R"/key.* "/nix/var/nix/gcroots/flurry-$id"-*; do if [ -e "$left" ] || [ -L "$left" ]; then return 1; fi; done
  ! owns_lock
}
is_abandoned() { # a run that never began, and that no deployer will begin any more
  get boot; get opened
  if owns_lock; then [ "$(uptime_seconds)" -ge "$lock_until" ]
  elif [ -n "$boot" ] && [ -n "$opened" ]; then
    [ "$boot" != "$(boot_id)" ] || [ "$(uptime_seconds)" -ge "$((opened + lease_seconds))" ]
  else [ "$(($(date +%s) - $(stat -c %Y "$R")))" -ge "$lease_seconds" ]; fi
}
forget() {
  restore_keys
  disarm
  rm -rf "$R"
}
