# The host's generations, those of its profiles, and what runs tried and made of it.
#
#   generations "[SYSTEM | NUMBER | package:PATH]..." ["USER NAME PLACE|-"...]
#                                      all of them; of those that are named first also what their closures lack on the disk

generation_system() { # LINK: sets system and state
  script=$(readlink -f "$1/bin/switch-to-configuration") && [ -x "$script" ] && {
    system=${script%/bin/switch-to-configuration}; state=present; return
  }
  system=$(readlink "$1"); state=gone
}
list_generations() {
  for link in "$profile"-*-link; do
    number=${link#"$profile-"}; number=${number%-link}
    case $number in "" | *[!0-9]*) continue ;; esac
    generation_system "$link"
    say kept_generation "$number $(stat -c %Y "$link") $state $system"
  done
}
list_profile_generations() { # USER NAME PLACE|-
  place=$(place_of "$1" "$2" "$3") || return 0
  for link in "$place"-*-link; do
    number=${link#"$place-"}; number=${number%-link}
    case $number in "" | *[!0-9]*) continue ;; esac
    path=$(readlink "$link") && is_store_path "$path" || continue
    if [ -e "$path" ]; then state=present; else state=gone; fi
    say profile_generation "$2 $number $(stat -c %Y "$link") $state $path"
  done
}
list_verdicts() { # the oldest first
  for run in $(runs_in_order); do
    R=$base/runs/$run
    [ -e "$R/verdict" ] || continue
    get verdict; get candidate; get goal; get before; get profiled; get stay
    script=$(readlink -f "$profiled/bin/switch-to-configuration") && before=${script%/bin/switch-to-configuration}
    say run_verdict "$verdict $goal $candidate ${before:--} ${R##*/} ${stay:-0}"
    each_profile say_recorded_profile
  done
}
say_recorded_profile() { # INDEX: what a profile was before the run, and what it is now
  [ -e "$R/p$1_was" ] || return 0
  was=$(cat "$R/p$1_was") number=$(cat "$R/p$1_link") place=$(cat "$R/p$1_place")
  [ -z "$was" ] || is_store_path "$was" || return 0
  say run_profile "${R##*/} $p_phase $p_user $p_name $p_store $p_auto $p_magic $p_seconds ${number:--} ${was:--} $place"
  say_profile "$p_user" "$p_name" "$place"
}
check_closure() { # SYSTEM | NUMBER | package:PATH
  case $1 in
    package:*) check_package "${1#package:}"; return ;;
    /*) system=$1 ;;
    *) [ -L "$profile-$1-link" ] || return 0; generation_system "$profile-$1-link" ;;
  esac
  if nix-store --check-validity "$system" 2> /dev/null; then
    nix-store --query --requisites "$system" | while IFS= read -r path; do [ -e "$path" ] || say lacking "$path"; done
    [ -x "$system/bin/switch-to-configuration" ] || say lacking "$system/bin/switch-to-configuration"
  else say lacking "$system"; fi
}
check_package() { # PATH
  nix-store --check-validity "$1" 2> /dev/null || { say lacking_package "$1 $1"; return; }
  nix-store --query --requisites "$1" | while IFS= read -r path; do [ -e "$path" ] || say lacking_package "$1 $path"; done
}

shift
checks=$1
shift
verb_facts "$@"
list_generations
for question; do
  # shellcheck disable=SC2086 # three words
  list_profile_generations $question
done
list_verdicts
for check in $checks; do check_closure "$check"; done
