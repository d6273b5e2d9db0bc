# What a run leaves on the host, and how it ends.

pin() { ln -sfn "$2" "/nix/var/nix/gcroots/flurry-$id-$1"; }
unpin() { rm -f "/nix/var/nix/gcroots/flurry-$id-candidate" "/nix/var/nix/gcroots/flurry-$id-before" "/nix/var/nix/gcroots/flurry-$id-p"[0-9]*; }
count_run() { # the host counts its runs itself: ids tell the time of deployers, whose clocks differ and jump
  last=0
  for path in "$base/runs"/*/order; do
    IFS= read -r order < "$path" && [ "$order" -gt "$last" ] && last=$order
  done 2> /dev/null
  note order "$((last + 1))"
}
runs_in_order() { # their ids, the oldest first
  for path in "$base/runs"/*; do
    [ -d "$path" ] || continue
    order=
    [ ! -e "$path/order" ] || IFS= read -r order < "$path/order"
    printf '%s %s\n' "${order:-0}" "${path##*/}"
  done | sort -k 1,1n -k 2 | cut -d ' ' -f 2
}
forget_old_runs() ( # keep the records of the last twenty runs that have ended, and warnings; a shell of its own looks at them
  set -- "$base/runs"/*
  [ "$#" -gt 20 ] || return 0
  kept=0 decided=
  for old in $(runs_in_order | tac); do
    R=$base/runs/$old
    [ -s "$R/verdict" ] || continue
    get verdict; get goal; get stay; get candidate
    kept=$((kept + 1))
    [ "$kept" -le 20 ] || is_warning || rm -rf "${R:?}"
    [ "$goal" = test ] || [ "$stay" = 1 ] || decided="$decided $candidate "
  done
)
is_warning() { # of a generation that a run gave up, unless a later run decided on the same system: it is none to go back to
  [ "$verdict" = reverted ] && [ "$goal" != test ] && [ "$stay" != 1 ] || return 1
  case $decided in *" $candidate "*) return 1 ;; esac
  for link in "$profile"-*-link; do [ "$(readlink "$link")" != "$candidate" ] || return 0; done
  return 1
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
  else # its script is on the way here, or its deployer died over that: the time counts from now, as wall clocks jump
    note opened "$(uptime_seconds)"; note boot "$(boot_id)"
    return 1
  fi
}
forget() {
  restore_keys
  disarm
  rm -rf "$R"
}
