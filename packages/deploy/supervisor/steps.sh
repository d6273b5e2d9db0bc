# The steps that run detached.

activate() { # SYSTEM ACTION: sets code
  "$1/bin/switch-to-configuration" "$2" < /dev/null >> "$R/log" 2>&1 8>&-
  code=$?
  return "$code"
}

do_try() {
  get candidate; get policy; get confirm; get magic; get auto
  activate "$candidate" test
  put tried "$code"
  if [ "$code" = 0 ] || { [ "$code" = 4 ] && [ "$policy" != strict ]; }; then
    if [ "$magic" = 0 ]; then detach commit commit; return; fi
    # The new timer runs before the old one stops: there is no moment without one.
    set_timer confirm "$confirm" "not-confirmed nobody confirmed the new system within $confirm s" && stop_timer activation
  elif [ "$auto" = 0 ]; then
    mv "$R/token" "$R/token.commit" 2> /dev/null && conclude kept "activation-failed the activation ended with exit code $code; automatic rollback is off"
  else
    detach revert revert "activation-failed the activation ended with exit code $code"
  fi
}

do_commit() {
  mv "$R/token" "$R/token.commit" 2> /dev/null && begin_work && finish_commit
}
finish_commit() { # the token is ours; safe to repeat
  get candidate; get goal
  if [ "$goal" != boot ] && [ "$(current_system)" != "$candidate" ]; then
    undo "not-confirmed the host no longer ran the new system when it was confirmed"
    return
  fi
  if [ "$goal" = test ]; then conclude tested ""; return; fi
  get restore
  if set_profile && activate "$candidate" boot; then conclude committed ""
  else undo "commit-failed the new system could not be made the boot default"; fi
}
set_profile() { # going back to a generation that still exists makes no new one
  if [ -n "$restore" ] && [ "$(readlink -f "$profile-$restore-link")" = "$candidate" ]; then
    nix-env -p "$profile" --switch-generation "$restore" < /dev/null >> "$R/log" 2>&1
  else
    nix-env -p "$profile" --set "$candidate" < /dev/null >> "$R/log" 2>&1
  fi
}

do_revert() { # REASON
  mv "$R/token" "$R/token.revert" 2> /dev/null
  [ ! -e "$R/verdict" ] || return 0
  # Whoever has the token may have died holding it: then their work is finished for them.
  if ! begin_work; then watch_again
  elif [ -e "$R/token.commit" ] && [ ! -e "$R/undoing" ]; then finish_commit
  else undo "$1"; fi
}
watch_again() { # a name of its own: it may be called by the timer before it
  get activation
  set_timer "again-$$" "$activation" "not-confirmed an earlier step was interrupted"
}
undo() { # REASON: back to the recorded system; safe to repeat
  get before; get link; get goal
  [ -e "$R/undoing" ] || put undoing "$1"
  IFS= read -r first_reason < "$R/undoing"
  watch_again
  # A switch that hangs holds switch-to-configuration's lock.
  stop_step try
  restore_profile
  if [ "$goal" = boot ]; then conclude reverted "$first_reason"; return; fi
  for attempt in 1 2 3; do
    activate "$before" test
    if [ "$(current_system)" = "$before" ] && { [ "$code" = 0 ] || [ "$code" = 4 ]; }; then
      conclude reverted "$first_reason"
      return
    fi
    sleep "$attempt"
  done
  conclude revert-failed "$first_reason; the old system's activation then ended with exit code $code"
}
restore_profile() { # also the boot default, if a commit had got that far
  if [ "$(generation_link)" != "$link" ]; then
    number=${link#system-}
    nix-env -p "$profile" --switch-generation "${number%-link}" < /dev/null >> "$R/log" 2>&1
  fi
  if [ -e "$R/token.commit" ]; then activate "$(profile_system)" boot; fi
}
