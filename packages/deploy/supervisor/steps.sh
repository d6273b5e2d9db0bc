# The steps that run detached.

activate() { # SYSTEM ACTION: sets code. Bounded: no timer ends a commit or a revert that hangs
  bounded "$1/bin/switch-to-configuration" "$2"
  code=$?
  return "$code"
}
bounded() { # a way back has its time, however short the way there was to be
  get activation
  [ "$activation" -ge "${at_least:-0}" ] || activation=$at_least
  timeout -k 10 "$activation" "$@" < /dev/null >> "$(log_file)" 2>&1 7>&- 8>&-
}

do_try() {
  # Whoever was slow to start may come when the time is over and the host has decided.
  [ -e "$R/token" ] || return 0
  get candidate; get policy; get confirm; get magic; get auto; get stay
  in_group=--foreground
  if try_all; then
    put tried "$code"
    if [ "$magic" = 0 ]; then detach commit commit; return; fi
    # The new timer runs before the old one stops: there is no moment without one.
    set_timer confirm "$confirm" "not-confirmed nobody confirmed the new system within $confirm s" && stop_timer activation
  else
    put tried "$code"
    if [ "$auto" = 0 ]; then
      put keeping "activation-failed $failure; automatic rollback is off"
      do_commit
    else detach revert revert "activation-failed $failure"; fi
  fi
}
try_all() { # the system and the profiles around it, in their order: sets code and, when it fails, failure
  code=0
  activate_profiles before || return 1
  if [ "$stay" != 1 ]; then
    "$candidate/bin/switch-to-configuration" test < /dev/null >> "$(log_file)" 2>&1 7>&-
    code=$?
    failure="the activation ended with exit code $code"
    [ "$code" = 0 ] || { [ "$code" = 4 ] && [ "$policy" != strict ]; } || return 1
  fi
  activate_profiles after
}

do_commit() {
  mv "$R/token" "$R/token.commit" 2> /dev/null && begin_work 5 && [ ! -s "$R/verdict" ] && finish_commit
}
finish_commit() { # the token is ours; safe to repeat
  get candidate; get goal; get keeping; get stay
  if [ -n "$keeping" ]; then conclude kept "$keeping"; return; fi
  if [ "$goal" != boot ] && [ "$(current_system)" != "$candidate" ]; then
    undo "not-confirmed the host no longer ran the new system when it was confirmed"
    return
  fi
  if [ "$goal" = test ]; then conclude tested ""; return; fi
  if [ "$goal" = boot ] && ! { activate_profiles before && activate_profiles after; }; then
    undo "commit-failed $failure"
    return
  fi
  if [ "$stay" = 1 ]; then conclude committed ""; return; fi
  get restore
  if set_profile && activate "$candidate" boot; then drop_boot_override; conclude committed ""
  else undo "commit-failed the new system could not be made the boot default"; fi
}
set_profile() { # going back to a generation that still exists makes no new one
  if [ -n "$restore" ] && [ "$(readlink -f "$profile-$restore-link")" = "$candidate" ]; then
    bounded nix-env -p "$profile" --switch-generation "$restore"
  else
    bounded nix-env -p "$profile" --set "$candidate"
  fi
}

do_revert() { # REASON
  mv "$R/token" "$R/token.revert" 2> /dev/null
  begin_work || return 0
  # Whoever decided or had the token may have died before its work was done: then it is finished for them.
  if [ -s "$R/verdict" ]; then disarm
  elif ! is_open "$id"; then stop_all_timers
  elif [ -e "$R/woken" ]; then undo_after_boot
  elif [ -e "$R/token.commit" ] && [ ! -e "$R/undoing" ]; then finish_commit
  else undo "$1"; fi
}
undo() { # REASON: back to the recorded system; safe to repeat
  get before; get link; get goal; get stay
  at_least=60
  line=
  [ -e "$R/undoing" ] || { put undoing "$1"; line="== going back"; }
  get undoing; first_reason=${undoing:-$1}
  # A switch that hangs holds switch-to-configuration's lock.
  stop_step try
  # What led here is above it.
  [ -z "$line" ] || printf '%s\n' "$line" >> "$R/log"
  restore_keys
  for attempt in 1 2 3; do
    begin_attempt
    restore_profiles after
    restore_profile || trouble="the profile's generation and the boot default could not be restored"
    [ "$goal" = boot ] || [ "$stay" = 1 ] || restore_current || trouble="the old system's activation then ended with exit code $code"
    restore_profiles before
    if [ -z "$trouble" ]; then watch_contact; conclude reverted "$first_reason"; return; fi
    sleep "$attempt"
  done
  [ -z "$full" ] || return 1
  conclude revert-failed "$first_reason; $trouble"
}
begin_attempt() { # what a full disk made fail is tried again by whoever comes next, and is no verdict
  trouble='' full=''
  [ "$attempt" = 1 ] || put attempt "$attempt" 2> /dev/null || full=1
}
restore_current() {
  activate "$before" test
  [ "$(current_system)" = "$before" ] && { [ "$code" = 0 ] || [ "$code" = 4 ]; }
}
restore_profile() { # also the boot default, if a commit had got that far
  get profiled
  if [ "$(generation_link)" != "$link" ] || [ "$(readlink -f "$profile")" != "$profiled" ]; then
    number=${link#system-}; number=${number%-link}
    # A generation that someone has deleted meanwhile is none to switch to, and Nix gives its number to the next one.
    if [ "$(readlink -f "$profile-$number-link")" = "$profiled" ]; then set -- --switch-generation "$number"
    else set -- --set "$profiled"; fi
    bounded nix-env -p "$profile" "$@" || return 1
  fi
  [ ! -e "$R/token.commit" ] || activate "$(profile_system)" boot
}
