# Processes and timers that live on their own.

detach() { # NAME VERB [REASON]: run a verb of this script apart from everything
  name=$1; shift
  if has_systemd; then
    # systemd would put its own variables where a reason has a dollar sign.
    case ${2-} in *'$'*) set -- "$1" "$(printf '%s\n' "$2" | sed 's/[$]/$$/g')" ;; esac
    systemd-run --quiet --collect --no-ask-password --unit="flurry-$id-$name" --property=TimeoutStopSec=10 \
      --setenv=PATH="$PATH" /bin/sh "$R/supervisor.sh" "$1" "$id" "${2-}" < /dev/null 7>&- 8>&-
  else
    setsid /bin/sh "$R/supervisor.sh" "$1" "$id" "${2-}" < /dev/null >> "$(log_file)" 2>&1 7>&- 8>&- &
    put "pid-$name" "$!"
  fi
}
set_timer() { # NAME SECONDS REASON: a dead-man timer that reverts, and again until it is stopped: a revert may be killed
  if has_systemd; then
    # Timers are a minute late by default.
    systemd-run --quiet --collect --no-ask-password --unit="flurry-$id-$1" --on-active="$2" --on-unit-inactive="$retry_seconds" \
      --timer-property=AccuracySec=100ms --property=TimeoutStopSec=10 \
      --setenv=PATH="$PATH" /bin/sh "$R/supervisor.sh" revert "$id" "$3" < /dev/null 7>&- 8>&-
  else
    # shellcheck disable=SC2016 # expanded by the inner shell
    setsid /bin/sh -c 'sleep "$1"; while [ -e "$2" ]; do setsid /bin/sh "$2" revert "$3" "$4"; sleep "$5"; done' \
      timer "$2" "$R/supervisor.sh" "$id" "$3" "$retry_seconds" < /dev/null >> "$(log_file)" 2>&1 7>&- 8>&- &
    put "pid-$1" "$!"
  fi
}
end_group() { # PID: end a process group that `detach` or `set_timer` made, unless it is this one
  if [ -z "$1" ] || [ "$1" = "$$" ]; then return 0; fi
  kill -TERM "-$1" 2> /dev/null || return 0
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "-$1" 2> /dev/null || return 0; sleep 0.2; done
  kill -KILL "-$1" 2> /dev/null
}
stop_timer() { # NAME
  if has_systemd; then systemctl stop "flurry-$id-$1.timer" 2> /dev/null
  else { IFS= read -r pid < "$R/pid-$1"; } 2> /dev/null && end_group "$pid"; fi
  return 0
}
stop_all_timers() {
  if has_systemd; then systemctl stop "flurry-$id-*.timer" 2> /dev/null
  else for name in activation confirm rescue; do stop_timer "$name"; done; fi
  return 0
}
has_timer() {
  if has_systemd; then [ -n "$(systemctl list-units --plain --no-legend "flurry-$id-*.timer")" ] && return 0
  else for name in activation confirm rescue; do IFS= read -r pid < "$R/pid-$name" && kill -0 "-$pid" && return 0; done 2> /dev/null; fi
  return 1
}
stop_step() { # NAME
  if has_systemd; then systemctl stop "flurry-$id-$1.service" 2> /dev/null
  else { IFS= read -r pid < "$R/pid-$1"; } 2> /dev/null && end_group "$pid"; fi
  return 0
}
# One process at a time acts on the token it holds; its death frees the lock. Children close it (8>&-), or a
# service that they start would hold it for ever.
begin_work() { # [SECONDS to wait]
  # `command`: a record that has just been forgotten must not end the shell.
  command exec 8>> "$R/working" && flock -w "${1:-0}" 8
}
# Who waits for a step waits for this lock, which nothing else depends on; children close it as well (7>&-).
be_busy() { command exec 7>> "$R/busy" && flock -s -w 1 7; }
end_work() { exec 8>&-; }
