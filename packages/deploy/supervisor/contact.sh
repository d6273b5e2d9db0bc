# Whether the host can be reached once it is back on its old system.

# Going back activates the old system, which does not start again what did not change and does not undo what nobody
# declared. So the place at which the deployer came in must be there again; where it is not, and nobody asks the host in
# time, a reboot is what is left: it is what someone who walks up to the host would do.
contact_place() { # "ADDRESS PORT" of this connection, as sshd told it; sudo and its kin drop it from the environment
  connection=${SSH_CONNECTION-} pid=$$
  for _ in 1 2 3 4 5 6 7 8; do
    [ -z "$connection" ] || break
    pid=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$pid/status") && [ "${pid:-0}" -gt 1 ] || break
    connection=$(tr '\0' '\n' < "/proc/$pid/environ" | sed -n 's/^SSH_CONNECTION=//p')
  done 2> /dev/null
  [ -z "$connection" ] || printf '%s\n' "$connection" | { read -r _ _ address port && printf '%s %s\n' "${address%%%*}" "$port"; }
}
is_reachable() { # as far as the host itself can tell
  get contact
  [ -z "$contact" ] || { has_address "${contact% *}" && listens "${contact#* }"; }
}
has_address() { # on an interface that is up
  ! command -v ip > /dev/null || ip -o address show up | grep -qF " $1/"
}
listens() { grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") [0-9A-F]*:0000 0A " /proc/net/tcp /proc/net/tcp6 2> /dev/null; }

watch_contact() { # before the verdict, so that there is no moment without one that watches
  get lost; get confirm; get goal
  case $goal:${lost:-auto} in
    boot:* | *:stay) return 0 ;;
    *:auto) if is_reachable; then return 0; fi ;;
  esac
  put watching "$(uptime_seconds)"
  if has_systemd; then
    systemd-run --quiet --collect --no-ask-password --unit="flurry-contact-$id" --on-active="${confirm:-60}" \
      --timer-property=AccuracySec=100ms --setenv=PATH="$PATH" /bin/sh "$R/supervisor.sh" contact "$id" < /dev/null 7>&- 8>&-
  else
    # shellcheck disable=SC2016 # expanded by the inner shell
    setsid /bin/sh -c 'sleep "$1"; exec /bin/sh "$2" contact "$3"' \
      timer "${confirm:-60}" "$R/supervisor.sh" "$id" < /dev/null >> "$(log_file)" 2>&1 7>&- 8>&- &
    put pid-contact "$!"
  fi
}
end_watch() { # somebody asks, so the host can be reached
  [ -e "$R/watching" ] || return 0
  rm -f "$R/watching"
  if has_systemd; then systemctl stop "flurry-contact-$id.timer" 2> /dev/null
  else { IFS= read -r pid < "$R/pid-contact"; } 2> /dev/null && end_group "$pid"; fi
  return 0
}
do_contact() { # nobody has asked
  [ -e "$R/watching" ] || return 0
  rm -f "$R/watching"
  get lost
  if [ "$lost" != reboot ] && is_reachable; then return; fi
  put rebooted "nobody could reach the host on its old system either, so it was rebooted"
  sync
  systemctl reboot || reboot -f
}
