# Profiles beside the system, each with a user of its own: set and activated with the system, and taken back with it.
#
# The record's field `profiles` has a line for each, in the order of their activation:
#   before|after USER NAME STORE-PATH AUTO MAGIC SECONDS GENERATION|- PLACE|-
# pN_place, pN_link and pN_was are where the Nth was found and what it was then; pN_touched is there while it has to go back.

load_profile() { # INDEX: fails when there are no more
  read -r p_phase p_user p_name p_store p_auto p_magic p_seconds p_number p_place << LINE
$(sed -n "$1p" "$R/profiles" 2> /dev/null)
LINE
  [ -n "$p_place" ]
}
each_profile() { # COMMAND...: with the index of each as the last word, until one fails
  [ -e "$R/profiles" ] || return 0
  index=1
  while load_profile "$index"; do "$@" "$index" || return 1; index=$((index + 1)); done
}
count_profiles() { if [ -e "$R/profiles" ]; then wc -l < "$R/profiles"; else echo 0; fi; }

home_of() { # USER
  entry=$(getent passwd "$1" 2> /dev/null || grep "^$1:" /etc/passwd) || return 1
  printf '%s\n' "$entry" | { IFS=: read -r _ _ _ _ _ home _ && [ -n "$home" ] && printf '%s\n' "$home"; }
}
place_of() { # USER NAME PLACE|-: the profile's link, found as deploy-rs finds it
  shared=/nix/var/nix/profiles/per-user/$1/$2
  if [ "$3" != - ]; then printf '%s\n' "$3"
  elif [ "$1" = root ] || [ -L "$shared" ]; then printf '%s\n' "$shared"
  elif ! home=$(home_of "$1"); then return 1
  # An older Nix makes the user's directory as soon as the user talks to its daemon: a profile does not move for that.
  elif [ -d "${shared%/*}" ] && [ ! -L "$home/.local/state/nix/profiles/$2" ]; then printf '%s\n' "$shared"
  else printf '%s\n' "$home/.local/state/nix/profiles/$2"; fi
}
generation_of() { # PLACE: the number of the generation that it leads to
  number=$(readlink "$1") && number=${number##*/} && number=${number#"${1##*/}-"} && number=${number%-link} &&
    case $number in '' | *[!0-9]*) return 1 ;; esac && printf '%s\n' "$number"
}
is_store_path() { # PATH: what a user can put into a link of its own is not for this script to say
  case $1 in /nix/store/*) case ${1#/nix/store/} in '' | *[!A-Za-z0-9+._?=-]*) return 1 ;; esac ;; *) return 1 ;; esac
}
say_profile() { # USER NAME PLACE|-: what a profile is now
  place=$(place_of "$1" "$2" "$3") && [ -L "$place" ] && path=$(readlink -f "$place") && is_store_path "$path" ||
    { say user_profile "$2 - -"; return; }
  say user_profile "$2 $(generation_of "$place" || echo -) $path"
}

as_user() { # USER SECONDS COMMAND...: in an environment of the user's own
  user=$1 seconds=$2
  shift 2
  home=$(home_of "$user") && uid=$(id -u "$user") || { echo "there is no user $user on the host"; return 1; }
  set -- env -i HOME="$home" USER="$user" LOGNAME="$user" PATH="$PATH" "$@"
  if [ "$uid" != "$(id -u)" ]; then
    if command -v setpriv > /dev/null; then set -- setpriv --reuid="$uid" --regid="$(id -g "$user")" --init-groups "$@"
    else set -- runuser -u "$user" -- "$@"; fi
  fi
  # What a try runs has to be in its process group, by which it is ended.
  (umask 022 && cd / && exec timeout ${in_group:+"$in_group"} -k 10 "$seconds" "$@" < /dev/null 2>&1 7>&- 8>&-)
}
run_script() { # STORE-PATH LOCATION DRY BOOT: the activation script as deploy-rs calls it, or else home-manager's own
  if [ -x "$1/deploy-rs-activate" ]; then script=deploy-rs-activate
  elif [ ! -x "$1/activate" ]; then echo "$1 has neither deploy-rs-activate nor activate"; return 127
  elif [ "$3$4" != 00 ]; then echo "$1/activate"; return
  else script=activate; fi
  # shellcheck disable=SC2016 # expanded by the inner shell
  as_user "$p_user" "$p_seconds" PROFILE="$2" DRY_ACTIVATE="$3" BOOT="$4" \
    sh -c 'cd "$0" && exec "$0/$1"' "$2" "$script"
}

is_boot() { get goal; [ "$goal" = boot ]; }
activate_profiles() { # before|after: sets code and failure, and whether that is to be undone, when one fails
  [ -e "$R/profiles" ] || return 0
  phase=$1
  each_profile activate_profile >> "$(log_file)"
}
activate_profile() { # INDEX
  [ "$p_phase" = "$phase" ] || return 0
  # What comes next changes something: from here on the way back is known.
  record_profile "$1" && place=$(cat "$R/p$1_place") && put "p$1_touched" "$p_name" &&
    as_user "$p_user" 60 mkdir -p "${place%/*}" && set_link "$place" "$p_store" "$p_number" &&
    run_script "$p_store" "$place" 0 "$(if is_boot; then echo 1; else echo 0; fi)"
  profile_code=$?
  [ "$profile_code" != 0 ] || return 0
  failure="the activation of the profile $p_name of $p_user ended with exit code $profile_code"
  code=1 auto=$p_auto
  return 1
}
record_profile() { # INDEX: what it is before it is touched for the first time
  [ ! -e "$R/p$1_touched" ] || return 0
  place=$(place_of "$p_user" "$p_name" "$p_place") || { echo "there is no user $p_user on the host"; return 1; }
  was=
  [ ! -L "$place" ] || was=$(readlink -f "$place")
  put "p$1_place" "$place" && put "p$1_link" "$(generation_of "$place")" && put "p$1_was" "$was"
}
set_link() { # PLACE STORE-PATH GENERATION|-: a generation that is there still is not made anew
  if [ "$3" != - ] && [ "$(readlink -f "$1-$3-link")" = "$2" ]; then set -- "$1" --switch-generation "$3"
  else set -- "$1" --set "$2"; fi
  [ "$2" = --set ] && [ "$(readlink -f "$1")" = "$3" ] || as_user "$p_user" 120 nix-env -p "$@"
}

is_touched() { for mark in "$R"/p*_touched; do [ ! -e "$mark" ] || return 0; done; return 1; }
restore_profiles() { # before|after: in the reverse order; sets trouble
  at=$(count_profiles)
  while [ "$at" -gt 0 ]; do
    if load_profile "$at" && [ "$p_phase" = "$1" ] && [ -e "$R/p${at}_touched" ]; then
      if restore_user_profile "$at" >> "$(log_file)"; then rm -f "$R/p${at}_touched"
      else trouble="the former generation of the profile $p_name of $p_user could not be activated again"; fi
    fi
    at=$((at - 1))
  done
}
restore_user_profile() { # INDEX
  get undoing
  # Whoever switches the magic rollback of a profile off does not want it back because of contact that was lost.
  case $p_magic:$undoing in 0:not-confirmed* | 0:gave-up*) return 0 ;; esac
  place=$(cat "$R/p$1_place") was=$(cat "$R/p$1_was") number=$(cat "$R/p$1_link")
  if [ -z "$was" ]; then as_user "$p_user" 60 rm -f "$place"; return; fi
  set_link "$place" "$was" "${number:--}" || return
  run_script "$was" "$place" 0 "$(if is_boot; then echo 1; else echo 0; fi)"
  restored=$?
  # What somebody else has put there without a script is back with its link.
  [ "$restored" = 127 ] && [ ! -e "$was/deploy-rs-activate" ] || return "$restored"
}

pin_profile() { pin "p$1" "$p_store"; }
require_profile() { [ -e "$p_store" ] || refuse "the package of the profile $p_name is not on it"; }
say_run_profile() {
  [ ! -e "$R/p$1_place" ] || p_place=$(cat "$R/p$1_place")
  say_profile "$p_user" "$p_name" "$p_place"
}
dry_activate_profile() {
  echo "profile $p_name of $p_user:"
  run_script "$p_store" "$p_store" 1 0 || { code=$?; return 1; }
}
