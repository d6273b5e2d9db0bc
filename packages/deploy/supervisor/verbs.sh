# What the deployer calls.

print_system() { # [PACKAGE]: also the system in it, where it has one
  # All in one process, where all are there.
  # shellcheck disable=SC2046 # store paths have no blanks
  set -- "${1-}" $(readlink -f /run/current-system "$profile/bin/switch-to-configuration" ${1:+"$1/bin/switch-to-configuration"})
  case ${1:+package}$# in
    3 | package4) system_now=$2 script_now=$3 script_then=${4-} ;;
    *)
      system_now=$(current_system)
      script_now=$(readlink -f "$profile/bin/switch-to-configuration") || script_now=
      script_then=
      [ -z "$1" ] || script_then=$(readlink -f "$1/bin/switch-to-configuration") || script_then= ;;
  esac
  [ -z "$script_then" ] || say before_system "${script_then%/bin/switch-to-configuration}"
  say current "$system_now"
  say profile "${script_now%/bin/switch-to-configuration}"
  link_now=$(generation_link)
  link_now=${link_now#system-}
  say generation "${link_now%-link}"
  IFS= read -r now_booted < /proc/sys/kernel/random/boot_id
  say boot_id "$now_booted"
}
print_failed_units() {
  systemctl list-units --failed --plain --no-legend --no-pager 2> /dev/null | while read -r unit _; do
    [ -z "$unit" ] || say failed_unit "$unit"
  done
}
needs_reboot() { # as NixOS tells it: what only a boot can replace
  booted=/run/booted-system current=/run/current-system
  # All in one process, where all are there.
  # shellcheck disable=SC2046 # store paths have no blanks
  set -- $(readlink -f "$booted/kernel" "$current/kernel" "$booted/initrd" "$current/initrd" "$booted/kernel-modules" "$current/kernel-modules")
  if [ "$#" = 6 ]; then ! { [ "$1" = "$2" ] && [ "$3" = "$4" ] && [ "$5" = "$6" ]; }; return; fi
  for part in kernel initrd kernel-modules; do
    [ "$(readlink -f "/run/booted-system/$part")" = "$(readlink -f "/run/current-system/$part")" ] || return 0
  done
  return 1
}

verb_facts() {
  settle_all
  [ ! -e "$base/boots-once" ] || say boots_once pending
  say user "$(id -un)"
  [ -e /etc/NIXOS ] && say nixos yes
  print_system
  say booted "$(readlink -f /run/booted-system)"
  if [ -e /run/booted-system ] && needs_reboot; then say reboot_needed yes; fi
  say uptime "$(uptime_seconds)"
  df -Pk /nix/store / | {
    read -r _
    read -r _ total _ free _; say store_total_kib "$total"; say store_free_kib "$free"
    read -r _ total _ free _; say root_total_kib "$total"; say root_free_kib "$free"
  }
  state=$(systemctl is-system-running 2> /dev/null)
  say system_state "$state"
  # As soon as a unit has failed it is degraded.
  [ "$state" = running ] || print_failed_units
  if is_held; then
    say lock_owner "$lock_owner"; say lock_since "$lock_since"; say lock_run "$lock_run"
    say lock_step "$(step_of "$lock_run")"
  fi
  for profile_words; do
    # shellcheck disable=SC2086 # three words
    say_profile $profile_words
  done
}
step_of() { # RUN: how far it is on this host
  if [ -e "$base/runs/$1/verdict" ]; then echo ending
  elif [ -e "$base/runs/$1/token.revert" ] || [ -e "$base/runs/$1/undoing" ]; then echo reverting
  elif [ -e "$base/runs/$1/token.commit" ]; then echo committing
  elif [ -e "$base/runs/$1/tried" ]; then echo unconfirmed
  elif [ -e "$base/runs/$1/token" ]; then echo activating
  else echo preparing; fi
}

verb_preflight() {
  for tool in nix-env nix-store flock timeout readlink; do command -v "$tool" > /dev/null || refuse "tool $tool"; done
  [ -e /etc/NIXOS ] || refuse "not-nixos"
  [ -L "$profile" ] || refuse "no-profile"
  mkdir -p "$volatile"
  note opened "$(uptime_seconds)" && note boot "$(boot_id)"
  wanted=$id
  settle_all
  await_woken
  id=$wanted; R=$base/runs/$id
  owner=; expect=; candidate=
  for pair; do note "${pair%%=*}" "${pair#*=}"; done
  get owner; get expect; get candidate
  if ! guarded take_lock; then
    rm -rf "$R"
    read_lock && { say lock_owner "$lock_owner"; say lock_since "$lock_since"; say lock_run "$lock_run"; }
    refuse locked
  fi
  before=$(current_system)
  if [ -n "$expect" ] && [ "$before" != "$expect" ]; then
    print_system; verb_release; refuse moved
  fi
  count_run
  note contact "$(contact_place)"
  note before "$before"
  note link "$(generation_link)"
  note profiled "$(readlink -f "$profile")"
  pin before "$before"
  pin candidate "$candidate"
  each_profile pin_profile
  forget_old_runs
  df -Pk /nix/store | { read -r _; read -r _ _ _ free _; say store_free_kib "$free"; }
  print_system
}

verb_missing() { xargs nix-store --check-validity --print-invalid; }

verb_renew() {
  guarded renew_lock || refuse "lock-lost"
}

verb_start() {
  # From here on nobody else forgets the run or reverts it before it has begun.
  begin_work 5 || refuse open
  if is_open "$id" || [ -s "$R/verdict" ]; then end_work; print_status; return; fi
  guarded renew_lock || refuse "lock-lost"
  get candidate; get before; get goal; get activation; get stay
  [ "$(current_system)" = "$before" ] || refuse moved
  [ -x "$candidate/bin/switch-to-configuration" ] || refuse "not-a-system"
  each_profile require_profile
  if [ "$goal" = dry-activate ]; then
    # What it prints is not for this script to say.
    { dry_activate; put code "$?"; } | sed 's/^@flurry/ @flurry/'
    get code
    forget
    say dry_activated "$code"
    return
  fi
  set_timer activation "$activation" "activation-timeout the activation did not end within $activation s" || refuse "no-timer"
  guarded arm || { stop_all_timers; refuse "lock-lost"; }
  end_work
  if [ "$goal" = boot ]; then detach commit commit; else detach try try; fi ||
    # It may have begun all the same, where what starts it was killed.
    do_revert "activation-failed the activation could not be started"
  say begun yes
}

dry_activate() {
  code=0
  [ "$stay" = 1 ] || "$candidate/bin/switch-to-configuration" dry-activate < /dev/null 2>&1 || return
  each_profile dry_activate_profile
  return "$code"
}

arm() { # the record is on the disk before the run begins
  sync "$R"/* 2> /dev/null
  owns_lock && put token armed
}

print_status() {
  settle
  get tried; get verdict; get reason
  [ -z "$tried" ] || say tried "$tried"
  [ "$tried" != 4 ] || print_failed_units
  get rebooted
  [ -z "$verdict" ] || { say verdict "$verdict"; say reason "$reason${rebooted:+; $rebooted}"; }
  get link; get boot
  case $link in system-*-link) link=${link#system-}; say before_generation "${link%-link}" ;; esac
  get profiled
  [ "$boot" = "$(boot_id)" ] || say booted_since yes
  print_system "$profiled"
  each_profile say_run_profile
}
is_told() { [ -s "$R/$1" ] || [ -s "$R/verdict" ]; }
verb_await() { # FIELD SECONDS
  # Nobody will tell of a run that a reboot has ended.
  get boot
  [ "$boot" = "$(boot_id)" ] || settle
  over=$(($(uptime_seconds) + $2))
  while ! is_told "$1"; do
    left=$((over - $(uptime_seconds)))
    [ "$left" -gt 0 ] || break
    # The step that will tell holds it. One that has not begun yet, or has left the telling to another, does not.
    flock -w "$left" "$R/busy" true 2> /dev/null
    is_told "$1" || sleep 0.1
  done
  print_status
}
verb_confirm() {
  get candidate; get boot
  [ "$boot" = "$(boot_id)" ] && [ -e "$R/tried" ] && [ -e "$R/token" ] && [ "$(current_system)" = "$candidate" ] && detach commit commit
  verb_await verdict 10
}
verb_give_up() { [ -e "$R/token" ] && detach revert revert "$1"; print_status; }
verb_release() { # once it has returned, the run has either begun or never will
  begin_work 20 || refuse open
  if is_open "$id"; then refuse open
  elif [ -s "$R/verdict" ]; then end_work; print_status
  else forget; fi
}
