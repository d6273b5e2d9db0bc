# Reboots the host into the system of its profile. Where the boot loader can, that system is started once, and from then
# on the one from before, until a command finds the host up and well (settle_boot_override).
#
#   reboot NEW OLD     numbers of generations; OLD is empty where there is none to fall back to

generation_toplevel() { # NUMBER
  script=$(readlink -f "$profile-$1-link/bin/switch-to-configuration") && [ -x "$script" ] &&
    printf '%s\n' "${script%/bin/switch-to-configuration}"
}
cannot() { why_not=$1; return 1; } # REASON

# systemd-boot: its entry is named by the number, and starts this very system; a file that another boot loader left does not.

starts_entry() { # NUMBER SYSTEM
  for directory in /boot /efi /boot/efi; do
    { sed 's/$/ /' "$directory/loader/entries/nixos-generation-$1.conf" | grep -qF "init=$2/init "; } 2> /dev/null && return 0
  done
  return 1
}
systemd_boot_once() { # NEW OLD
  command -v bootctl && note_override bootctl || return 1
  if bootctl set-oneshot "nixos-generation-$1.conf" && bootctl set-default "nixos-generation-$2.conf"; then return 0; fi
  bootctl set-oneshot ""
  rm -f "$base/boots-once"
  return 1
} > /dev/null 2>&1

# GRUB: its default cannot be named, it is the first entry of its menu. So the old system writes the menu, in which all
# generations are, and the new one is started by the name that its entry has there.

read_grub_menu() { # SYSTEM: sets first, the system of the first entry, and entry, the name of SYSTEM's among all generations
  first='' entry='' menu='' title='' count=0
  while IFS= read -r line; do
    case $line in
      submenu\ *) menu=${line#*\"}; menu=${menu%%\"*} ;;
      menuentry\ *) title=${line#*\"}; title=${title%%\"*}; count=$((count + 1)) ;;
      "}") if [ -n "$title" ]; then title=; else menu=; fi ;;
      *" init="*)
        system=${line#* init=}; system=${system%% *}; system=${system%/init}
        [ -n "$menu" ] || [ "$count" != 1 ] || first=$system
        [ -z "$menu" ] || [ "$system" != "$1" ] || [ -n "$entry" ] || entry="$menu>$title" ;;
    esac
  done < "$grub/grub.cfg"
}
boots_by_grub() { # SYSTEM: its menu begins with it, as it does after a commit
  [ -r "$grub/grub.cfg" ] && read_grub_menu "$1" && [ "$first" = "$1" ]
}
can_grub() { # as NixOS writes it, and where GRUB itself can write: what it cannot take back it would start again and again
  { command -v grub-reboot && command -v grub-editenv && command -v grub-probe; } > /dev/null || cannot "GRUB's tools are not there" || return
  grep -q 'save_env next_entry' "$grub/grub.cfg" && grep -q load_env "$grub/grub.cfg" ||
    cannot "its grub.cfg knows no entry that is started once" || return
  grep -Eq '^[[:blank:]]*set default="?0"?$' "$grub/grub.cfg" ||
    cannot "GRUB does not start the first entry of its menu by default" || return
  kind=$(grub-probe --target=fs "$grub" 2> /dev/null) && layers=$(grub-probe --target=abstraction "$grub" 2> /dev/null) ||
    cannot "GRUB does not tell where $grub lies" || return
  case $kind in ext2 | fat | xfs) ;; *) cannot "GRUB cannot write to $grub, which lies on $kind"; return ;; esac
  [ -z "${layers% }" ] || cannot "GRUB cannot write to $grub, which lies on $layers"
}
grub_once() { # NEW-SYSTEM OLD-SYSTEM
  can_grub || return
  note_override grub || cannot "its state cannot be kept" || return
  if bounded_boot "$2" && read_grub_menu "$1" && [ "$first" = "$2" ] && is_plain "$entry" &&
    grub-reboot "$entry" && grub-editenv "$grub/grubenv" list | grep -qxF "next_entry=$entry"; then return 0; fi
  end_boot_override
  cannot "GRUB's menu has not both systems"
}
is_plain() { # what GRUB takes for the name of an entry in a submenu, and nothing else
  case $1 in '' | *'>'*'>'* | *[!A-Za-z0-9\ ._:+,~\(\)\'\>-]*) return 1 ;; esac
}

note_override() { # LOADER
  mkdir -p "$base" && printf '%s\n%s\n' "$(boot_id)" "$1" > "$base/.boots-once" && sync "$base/.boots-once" && mv -f "$base/.boots-once" "$base/boots-once"
}
boot_once() { # NEW OLD
  why_not=
  [ -n "$2" ] || cannot "it has no generation to fall back to" || return
  new=$(generation_toplevel "$1") && old=$(generation_toplevel "$2") || cannot "a generation is not there any more" || return
  if boots_by_grub "$new"; then grub_once "$new" "$old" && once=grub
  elif starts_entry "$1" "$new" && starts_entry "$2" "$old"; then
    systemd_boot_once "$1" "$2" || cannot "bootctl could not set what is booted once" || return
    once=bootctl
  else cannot "its boot loader is neither systemd-boot nor GRUB, or does not know both systems"; fi
}

# Whose connection broke may still be at it, while its deployer asks once more.
mkdir -p "$base/runs"
exec 7< "$base/runs" && flock -w 150 7 || exit 1
once=no
boot_once "$2" "$3"
say boots_once "$once"
[ -z "$why_not" ] || say boots_once_not "$why_not"
sync
# The answer has to get through before the network goes.
if has_systemd; then systemd-run --quiet --collect --no-ask-password --on-active=1 --timer-property=AccuracySec=100ms systemctl reboot
else setsid sh -c 'sleep 1; reboot' < /dev/null > /dev/null 2>&1 & fi
