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
  [ -d "$base/runs" ] || return 0
  for path in "$base/runs"/*; do
    [ -d "$path" ] || continue
    id=${path##*/}; R=$path
    settle
  done
}
