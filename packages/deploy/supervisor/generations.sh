# The host's generations, and what became of the systems that runs tried.
#
#   generations [SYSTEM | NUMBER]      all of them; of the one that is named also what its closure lacks on the disk

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
list_verdicts() { # the oldest first
  for path in "$base/runs"/*; do
    R=$path
    [ -e "$R/verdict" ] || continue
    get verdict; get candidate; get goal
    say run_verdict "$verdict $goal $candidate"
  done
}
check_closure() { # SYSTEM | NUMBER
  case $1 in
    /*) system=$1 ;;
    *) [ -L "$profile-$1-link" ] || return 0; generation_system "$profile-$1-link" ;;
  esac
  if nix-store --check-validity "$system" 2> /dev/null; then
    nix-store --query --requisites "$system" | while IFS= read -r path; do [ -e "$path" ] || say lacking "$path"; done
    [ -x "$system/bin/switch-to-configuration" ] || say lacking "$system/bin/switch-to-configuration"
  else say lacking "$system"; fi
}

shift
verb_facts
list_generations
list_verdicts
[ -z "${1-}" ] || check_closure "$1"
