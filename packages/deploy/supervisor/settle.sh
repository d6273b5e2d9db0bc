# A reboot ends every process and timer of a run. The boot default was the old system until the commit, so
# what is left is to say which side of the commit the host came up on.
settle() {
  get boot
  if [ -e "$R/verdict" ] || [ "$boot" = "$(boot_id)" ]; then return 0; fi
  is_open "$id" && begin_work || return 0
  get before; get candidate; get link; get restore
  now=$(current_system)
  if mv "$R/token" "$R/token.revert" 2> /dev/null; then
    if [ "$now" = "$before" ]; then conclude reverted "rebooted the host rebooted before it was confirmed"
    else conclude revert-failed "rebooted the host rebooted before it was confirmed and came up on another system"; fi
  elif [ -e "$R/token.commit" ] && [ "$now" = "$candidate" ]; then
    set_profile
    conclude committed "rebooted the host rebooted while it committed"
  else
    restore_profile
    if [ "$now" = "$before" ]; then conclude reverted "rebooted the host rebooted before the commit ended"
    else conclude revert-failed "rebooted the host rebooted before the commit ended and came up on another system"; fi
  fi
}
settle_all() {
  for path in "$base/runs"/*; do
    [ -d "$path" ] || continue
    id=${path##*/}; R=$path
    settle
    drop_abandoned
  done
  drop_lost_pins
}
drop_abandoned() { # its deployer died before `start`
  if is_open "$id" || [ -e "$R/verdict" ] || owns_lock; then return 0; fi
  # A record is a moment older than its lock: only old ones are certain to be abandoned.
  [ -n "$(find "$R" -maxdepth 0 -mmin +10)" ] || return 0
  unpin
  rm -rf "$R"
}
drop_lost_pins() { # of a host that forgot its records when it rebooted
  for link in /nix/var/nix/gcroots/flurry-*; do
    [ -L "$link" ] || continue
    run=${link##*/flurry-}; run=${run%-*}
    [ -d "$base/runs/$run" ] || rm -f "$link"
  done
}
