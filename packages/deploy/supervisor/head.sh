#!/bin/sh
# Flurry's supervisor: what keeps a host from being stranded while its system is replaced.
#
# It is sent to the host over the connection that deploys and needs a POSIX shell, coreutils, Nix and systemd
# (without systemd: setsid). Everything after `start` happens in processes that do not depend on the connection,
# on the deployer or on each other.
#
#   facts ["USER NAME PLACE|-"...]     what the host is like, and what these profiles are
#                                      (changes nothing but records that a reboot has settled)
#   preflight ID key=value...          take the host's lock, open the run's record
#   missing                            store paths on stdin -> those that the host lacks
#   renew ID                           prolong the lock before `start`
#   start ID                           arm the dead-man timer, then try the new system, detached
#   await ID tried|verdict SECONDS     wait until it is there, then print the status
#   status ID                          print the status
#   confirm ID                         the deployer has proof: commit, detached
#   give-up ID REASON                  the deployer wants the old system back: revert, detached
#   release ID                         drop lock and pins of a run that has ended or was never started
#   try|commit|revert ID [REASON]      the detached steps
#   contact ID                         nobody asked the host since it went back: reboot if it cannot be reached
#
# The record of a run is /var/lib/flurry/runs/ID, one field a file. `token` is the right to decide: commit and revert
# both try to rename it and only one can. `verdict` ends a run.
#
# shellcheck disable=SC2154 # `get` assigns the fields of the record

set -u
umask 077
export PATH="$PATH:/run/wrappers/bin:/run/current-system/sw/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root LC_ALL=C

base=/var/lib/flurry
volatile=/run/flurry
lock=$volatile/lock
profile=/nix/var/nix/profiles/system
grub=/boot/grub
lease_seconds=90
retry_seconds=5

say() { printf '@flurry %s=%s\n' "$1" "$2"; }
refuse() { say refused "$1"; exit 75; }

get() { # NAME: the field of the run's record as a shell variable of that name; empty when it is missing
  eval "$1="
  [ ! -e "$R/$1" ] || IFS= read -r "$1" < "$R/$1" || true
}
note() { printf '%s\n' "$2" > "$R/$1"; } # NAME VALUE: a field of a run that has not begun; `arm` makes all of them last
log_file() { # a full disk must not be what makes an activation fail, or keeps a step or a timer from starting
  if df -Pk "$R" | { read -r _; read -r _ _ _ free _ && [ "$free" -ge 64 ]; }; then printf '%s\n' "$R/log"; else echo /dev/null; fi
}
put() { # NAME VALUE: write a field so that a reader or a power cut never sees half of it
  printf '%s\n' "$2" > "$R/.$1.$$" || return 1
  sync "$R/.$1.$$" 2> /dev/null
  mv -f "$R/.$1.$$" "$R/$1"
}

uptime_seconds() { read -r up _ < /proc/uptime && printf '%s\n' "${up%%.*}"; }
boot_id() { IFS= read -r now_booted < /proc/sys/kernel/random/boot_id && printf '%s\n' "$now_booted"; }
current_system() { readlink -f /run/current-system; }
profile_system() { # deploy-rs sets the profile to a package around the system; its script leads to the system itself
  script=$(readlink -f "$profile/bin/switch-to-configuration") && printf '%s\n' "${script%/bin/switch-to-configuration}"
}
generation_link() { readlink "$profile"; }
generation_number() { link=$(generation_link); link=${link#system-}; printf '%s\n' "${link%-link}"; }
has_systemd() { [ -d /run/systemd/system ] && command -v systemd-run > /dev/null; }
