# Processes and timers that live on their own.

detach() { # NAME VERB [REASON]: run a verb of this script apart from everything
  name=$1; shift
  if has_systemd; then
    systemd-run --quiet --collect --no-ask-password --unit="flurry-$id-$name" --property=TimeoutStopSec=10 \
      --setenv=PATH="$PATH" /bin/sh "$R/supervisor.sh" "$1" "$id" "${2-}" < /dev/null 8>&-
  else
    setsid /bin/sh "$R/supervisor.sh" "$1" "$id" "${2-}" < /dev/null >> "$R/log" 2>&1 8>&- &
    put "pid-$name" "$!"
  fi
}
set_timer() { # NAME SECONDS REASON: a dead-man timer that reverts
  if has_systemd; then
    # Timers are a minute late by default.
    systemd-run --quiet --collect --no-ask-password --unit="flurry-$id-$1" --on-active="$2" \
      --timer-property=AccuracySec=100ms --setenv=PATH="$PATH" /bin/sh "$R/supervisor.sh" revert "$id" "$3" < /dev/null 8>&-
  else
    # shellcheck disable=SC2016 # expanded by the inner shell
    setsid /bin/sh -c 'sleep "$1"; exec /bin/sh "$2" revert "$3" "$4"' timer "$2" "$R/supervisor.sh" "$id" "$3" \
      < /dev/null >> "$R/log" 2>&1 8>&- &
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
  else IFS= read -r pid < "$R/pid-$1" 2> /dev/null && end_group "$pid"; fi
  return 0
}
stop_all_timers() {
  if has_systemd; then systemctl stop "flurry-$id-*.timer" 2> /dev/null
  else for file in "$R"/pid-activation "$R"/pid-confirm "$R"/pid-again-*; do [ ! -e "$file" ] || stop_timer "${file##*/pid-}"; done; fi
  return 0
}
stop_step() { # NAME
  if has_systemd; then systemctl stop "flurry-$id-$1.service" 2> /dev/null
  else IFS= read -r pid < "$R/pid-$1" 2> /dev/null && end_group "$pid"; fi
  return 0
}
# One process at a time acts on the token it holds; its death frees the lock. Children close it (8>&-), or a
# service that they start would hold it for ever.
begin_work() { exec 8> "$R/working"; flock -n 8; }
