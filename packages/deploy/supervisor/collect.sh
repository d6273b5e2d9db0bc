# Deletes generations and collects garbage. Of what is named, whatever the host runs, boots or could need is kept.
#
#   collect ID OWNER SECONDS [NUMBER | "USER NAME PLACE|- NUMBER..."]...

boot_default_generation() { # what systemd-boot starts by itself, where its configuration says so
  for file in /boot/loader/loader.conf /efi/loader/loader.conf /boot/efi/loader/loader.conf; do
    [ ! -r "$file" ] || sed -n 's/^default *nixos-generation-\([0-9]*\).*/\1/p' "$file"
  done
}
is_needed() { # SYSTEM NUMBER
  [ "$2" = "$(generation_number)" ] || [ "$1" = "$(current_system)" ] || [ "$1" = "$(readlink -f /run/booted-system)" ] ||
    [ "$1" = "$(profile_system)" ] || boot_default_generation | grep -qx "$2" || is_pinned "$1"
}
is_pinned() { # SYSTEM: a run is at work with it
  for pin in /nix/var/nix/gcroots/flurry-*; do [ "$(readlink "$pin")" != "$1" ] || return 0; done
  return 1
}
delete_generations() { # NUMBER...: says which
  numbers=
  for number; do
    [ -L "$profile-$number-link" ] || continue
    system=$(readlink -f "$profile-$number-link/bin/switch-to-configuration") && system=${system%/bin/switch-to-configuration}
    if is_needed "$system" "$number"; then say needed_generation "$number"; else numbers="$numbers $number"; fi
  done
  [ -n "$numbers" ] || return 0
  # shellcheck disable=SC2086 # numbers are words
  timeout -k 10 120 nix-env -p "$profile" --delete-generations $numbers > /dev/null || return 1
  for number in $numbers; do say deleted_generation "$number"; done
}
delete_profile_generations() { # USER NAME PLACE|- NUMBER...: says which
  place=$(place_of "$1" "$2" "$3") && [ -L "$place" ] || return 0
  p_user=$1 p_name=$2 numbers=
  shift 3
  for number; do
    [ -L "$place-$number-link" ] || continue
    if [ "$number" = "$(generation_of "$place")" ] || is_pinned "$(readlink "$place-$number-link")"; then
      say needed_profile_generation "$p_name $number"
    else numbers="$numbers $number"; fi
  done
  [ -n "$numbers" ] || return 0
  # shellcheck disable=SC2086 # numbers are words
  as_user "$p_user" 120 nix-env -p "$place" --delete-generations $numbers > /dev/null || return 1
  for number in $numbers; do say deleted_profile_generation "$p_name $number"; done
}
delete_chosen() { # what the command line says
  delete_generations "$@" || refuse "collect generations"
  for words; do
    # shellcheck disable=SC2086 # words
    case $words in *" "*) delete_profile_generations $words || refuse "collect profiles" ;; esac
  done
}
refresh_boot_menu() { # its entries must not lead to what is about to be collected
  default=$(boot_default_generation | tail -n 1)
  [ -z "$default" ] || [ "$default" = "$(generation_number)" ] || return 0
  timeout -k 10 300 "$(profile_system)/bin/switch-to-configuration" boot < /dev/null 2>&1
}

shift
id=$1 owner=$2 collect_seconds=$3
shift 3
mkdir -p "$volatile"
wanted=$id
settle_all
id=$wanted
# Its menu begins with the system to fall back to, and must not be written by the one that may not come up.
[ ! -e "$base/boots-once" ] || refuse "collect boots-once"
if ! guarded take_lock; then
  read_lock && { say lock_owner "$lock_owner"; say lock_since "$lock_since"; say lock_run "$lock_run"; }
  refuse locked
fi
# What was pushed and is a generation by now needs no root of its own.
pushed=/nix/var/nix/gcroots/pushed-by-flurry
for link in "$profile"-*-link; do
  if [ -L "$pushed" ] && [ "$(readlink "$pushed")" = "$(readlink "$link")" ]; then rm -f "$pushed"; fi
done
deleted=$(delete_chosen "$@") || { printf '%s\n' "$deleted"; drop_lock; exit 75; }
[ -z "$deleted" ] || printf '%s\n' "$deleted"
case $deleted in
  *deleted_generation*) refresh_boot_menu || { drop_lock; refuse "collect boot-menu"; } ;;
esac
# Whoever deploys meanwhile has pinned what it needs.
drop_lock
{ timeout -k 30 "$collect_seconds" nix-store --gc 2>&1; echo "@flurry collect_code=$?"; } | grep -v '^deleting ' | tail -n 6
