# What processes left open that were killed, or that a reboot ended, is closed by the next command that asks the host.
settle() {
  get boot
  if [ -s "$R/verdict" ]; then end_watch; is_disarmed || disarm
  elif ! is_open "$id"; then settle_unbegun
  elif [ "$boot" != "$(boot_id)" ]; then settle_rebooted
  elif ! has_timer; then set_timer rescue 1 "not-confirmed the timer that watched over the host was lost"; fi
}
settle_unbegun() {
  if is_abandoned && begin_work; then
    # It may have begun before the right to work was ours.
    is_open "$id" || [ -s "$R/verdict" ] || forget
    end_work
  fi
}
# A reboot ends every process and timer of a run. The boot default was the old system until the commit, so
# what is left is to say which side of the commit the host came up on.
settle_rebooted() {
  begin_work || return 0
  if [ -s "$R/verdict" ]; then end_work; return 0; fi
  get before; get candidate; get link; get restore; get goal; get stay
  now=$(current_system)
  if mv "$R/token" "$R/token.revert" 2> /dev/null; then
    end_rebooted "before it was confirmed"
  elif [ "$stay" = 1 ] && [ -e "$R/token.commit" ] && [ ! -e "$R/undoing" ]; then
    # Whether all profiles were told of the boot is not known: they are told again.
    if [ "$goal" = boot ]; then take_lock_back; end_work; detach revert revert "not-confirmed the host rebooted"
    else conclude committed "rebooted the host rebooted while it committed"; fi
  elif [ "$stay" != 1 ] && [ -e "$R/token.commit" ] && [ "$now" = "$candidate" ] && [ "$goal" != test ]; then
    set_profile && conclude committed "rebooted the host rebooted while it committed"
  else
    restore_profile && end_rebooted "before the commit ended"
  fi
  end_work
}
end_rebooted() { # WHEN: a boot brings the system back, and no other profile
  if ! is_touched; then conclude_rebooted "$1"; return; fi
  [ -e "$R/woken" ] || put woken "$1"
  take_lock_back
  end_work
  detach revert revert "not-confirmed the host rebooted $1"
}
take_lock_back() { # the reboot has dropped it, and nobody may come in between
  get owner
  mkdir -p "$volatile"
  guarded keep_lock
}
keep_lock() { read_lock || put_lease "$(date +%s)" "$owner"; }
await_woken() { # what is only a matter of seconds; the lock is dropped behind the verdict
  ticks=150
  while read_lock && [ -e "$base/runs/$lock_run/woken" ] && [ "$ticks" -gt 0 ]; do
    sleep 0.1
    ticks=$((ticks - 1))
  done
}
undo_after_boot() {
  get before; get woken; get goal
  now=$(current_system)
  for attempt in 1 2 3; do
    begin_attempt
    restore_profiles after
    restore_profiles before
    if [ -z "$trouble" ]; then conclude_rebooted "$woken"; return; fi
    sleep "$attempt"
  done
  [ -z "$full" ] || return 1
  conclude revert-failed "rebooted the host rebooted $woken; $trouble"
}
conclude_rebooted() { # WHEN: the boot default may be another confirmed system than the one that ran
  restore_keys
  if [ "$now" = "$before" ] || [ "$now" = "$(profile_system)" ]; then conclude reverted "rebooted the host rebooted $1"
  else conclude revert-failed "rebooted the host rebooted $1 and came up on another system"; fi
}
# A boot that was asked for once has a way back for as long as nobody knows how it ended. The file says in which boot it
# was asked for, and of which boot loader.
read_boot_override() { # sets asked, loader
  loader=
  { IFS= read -r asked && { IFS= read -r loader || true; }; } 2> /dev/null < "$base/boots-once"
}
settle_boot_override() {
  read_boot_override || return 0
  if [ "$asked" != "$(boot_id)" ] && [ "$(current_system)" = "$(profile_system)" ]; then end_boot_override; fi
}
end_boot_override() { # the profile's system is the boot default again
  read_boot_override || return 0
  [ "$loader" != grub ] || bounded_boot "$(profile_system)" || return
  drop_boot_override
}
drop_boot_override() { # once the boot default is what it should be
  read_boot_override || return 0
  case $loader in
    grub) grub-editenv "$grub/grubenv" unset next_entry ;;
    *) bootctl set-oneshot ""; bootctl set-default "" ;;
  esac > /dev/null 2>&1 && rm -f "$base/boots-once"
}
bounded_boot() { # SYSTEM: makes it the boot default, apart from the connection and one at a time
  setsid flock -n -o "$base" timeout -k 10 120 "$1/bin/switch-to-configuration" boot < /dev/null > /dev/null 2>&1
}
settle_all() {
  settle_boot_override
  settle_staged_keys
  for lease in "$volatile"/lease.*; do
    [ ! -e "$lease" ] || { guarded forget_leases; break; }
  done
  for path in "$base/runs"/*; do
    [ -d "$path" ] || continue
    id=${path##*/}; R=$path
    settle
  done
  drop_lost_pins
}
drop_lost_pins() { # of a host that forgot its records when it rebooted
  for link in /nix/var/nix/gcroots/flurry-*; do
    [ -L "$link" ] || continue
    run=${link##*/flurry-}; run=${run%-*}
    [ -d "$base/runs/$run" ] || rm -f "$link"
  done
}
