# Reboots the host into the system of its profile. Where systemd-boot can, that system is started once, and from then on
# the one from before, until a command finds the host up and well (settle_boot_override).
#
#   reboot NEW OLD     numbers of generations; OLD is empty where there is none to fall back to

has_entry() { # NUMBER: systemd-boot can start it
  for directory in /boot /efi /boot/efi; do [ ! -e "$directory/loader/entries/nixos-generation-$1.conf" ] || return 0; done
  return 1
}
boot_once() { # NEW OLD
  [ -n "$2" ] && command -v bootctl > /dev/null && has_entry "$1" && has_entry "$2" || return 1
  mkdir -p "$base" && boot_id > "$base/boots-once" || return 1
  if bootctl set-oneshot "nixos-generation-$1.conf" && bootctl set-default "nixos-generation-$2.conf"; then return 0; fi
  bootctl set-oneshot ""
  rm -f "$base/boots-once"
  return 1
} > /dev/null 2>&1

if boot_once "$2" "$3"; then say boots_once bootctl; else say boots_once no; fi
sync
# The answer has to get through before the network goes.
if has_systemd; then systemd-run --quiet --collect --no-ask-password --on-active=1 --timer-property=AccuracySec=100ms systemctl reboot
else setsid sh -c 'sleep 1; reboot' < /dev/null > /dev/null 2>&1 & fi
