# The host's lock.

# The lock is a file that is made elsewhere and moved into place, so it is never seen without its content:
# run id, uptime until which it holds, epoch second since which, owner. Whoever changes it holds the directory.
guarded() { # COMMAND...: one at a time on this host, in a subshell
  (flock -w 10 9 && "$@") 9< "$volatile"
}
read_lock() { # sets lock_run, lock_until, lock_since, lock_owner; fails when there is no lock
  { read -r lock_run && read -r lock_until && read -r lock_since && IFS= read -r lock_owner; } 2> /dev/null < "$lock"
}
put_lease() { # SINCE OWNER
  printf '%s\n%s\n%s\n%s\n' "$id" "$(($(uptime_seconds) + lease_seconds))" "$1" "$2" > "$volatile/lease.$id" &&
    mv -f "$volatile/lease.$id" "$lock"
}
is_open() { # RUN: its step has begun and it has no verdict
  [ ! -s "$base/runs/$1/verdict" ] && { [ -e "$base/runs/$1/token" ] || [ -e "$base/runs/$1/token.commit" ] || [ -e "$base/runs/$1/token.revert" ]; }
}
is_held() { # somebody has the lock, and is at work or has a lease that is not over
  read_lock && { is_open "$lock_run" || [ "$(uptime_seconds)" -lt "$lock_until" ]; }
}
take_lock() { # a lock that nobody holds belonged to a deployer that died before it changed anything
  if is_held && [ "$lock_run" != "$id" ]; then return 1; fi
  put_lease "$(date +%s)" "$owner"
}
renew_lock() { owns_lock && put_lease "$lock_since" "$lock_owner"; }
owns_lock() { read_lock && [ "$lock_run" = "$id" ]; }
drop_lock() { [ ! -d "$volatile" ] || guarded remove_lock; }
remove_lock() { if owns_lock; then rm -f "$lock"; fi; }
forget_leases() { rm -f "$volatile"/lease.*; }
