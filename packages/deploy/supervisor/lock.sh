# The host's lock.

# The lock is a file made elsewhere and linked into place, so it is never seen without its content:
# run id, uptime until which it holds, epoch second since which, owner.
read_lock() { # sets lock_run, lock_until, lock_since, lock_owner; fails when there is no lock
  { read -r lock_run && read -r lock_until && read -r lock_since && IFS= read -r lock_owner; } 2> /dev/null < "$lock"
}
write_lease() { # FILE
  printf '%s\n%s\n%s\n%s\n' "$id" "$(($(uptime_seconds) + lease_seconds))" "$since" "$owner" > "$1"
}
is_open() { # RUN: its step has begun and it has no verdict
  [ ! -e "$base/runs/$1/verdict" ] && { [ -e "$base/runs/$1/token" ] || [ -e "$base/runs/$1/token.commit" ] || [ -e "$base/runs/$1/token.revert" ]; }
}
take_lock() {
  since=$(date +%s)
  write_lease "$volatile/lease.$id"
  for _ in 1 2 3 4 5; do
    if ln "$volatile/lease.$id" "$lock" 2> /dev/null; then rm -f "$volatile/lease.$id"; return 0; fi
    read_lock || continue
    if [ "$lock_run" = "$id" ]; then rm -f "$volatile/lease.$id"; return 0; fi
    if is_open "$lock_run" || [ "$(uptime_seconds)" -lt "$lock_until" ]; then break; fi
    # Its owner died before it changed anything. Renaming lets one of several claimants remove it.
    mv "$lock" "$volatile/stale.$id" 2> /dev/null && rm -f "$volatile/stale.$id"
  done
  rm -f "$volatile/lease.$id"
  return 1
}
owns_lock() { read_lock && [ "$lock_run" = "$id" ]; }
drop_lock() { owns_lock && rm -f "$lock"; return 0; }
