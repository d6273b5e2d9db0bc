# Keys that a run has replaced: what was there before stays beside it, as another name of the same file, until it is known
# how the run ended. `key.N` in the record has three lines: the path, what tells the new file from any other, and the
# name of the old one, empty where there was none.

key_identity() { stat -c %i:%Y "$1" 2> /dev/null; } # neither a new owner nor a new mode changes it
read_key() { { IFS= read -r key_path && IFS= read -r key_new && IFS= read -r key_before; } 2> /dev/null < "$1"; }

restore_keys() { # the old files, unless somebody has put yet another one there; safe to repeat
  for field in "$R"/key.*; do
    read_key "$field" || continue
    if [ -n "$key_before" ] && [ -e "$key_before" ] && [ "$(key_identity "$key_path")" = "$key_new" ]; then
      mv -fT "$key_before" "$key_path"
    fi
  done
  drop_old_keys
}
drop_old_keys() {
  for field in "$R"/key.*; do
    if read_key "$field" && [ -n "$key_before" ]; then rm -f "$key_before"; fi
    rm -f "$field"
  done
}
# Keys that came in and were not swapped, of an upload that was killed or that a power cut ended. What an upload has staged
# in which directories is noted in keys.*/N.place before it does; whoever calls this holds the lock of uploads.
drop_staged_keys() {
  for left in "$base"/keys.??????; do
    [ -d "$left" ] || continue
    for place in "$left"/*.place; do
      if { IFS= read -r directory < "$place"; } 2> /dev/null; then rm -rf "$directory"/.flurry-key.??????; fi
    done
    rm -rf "$left"
  done
}
has_staged_keys() { for left in "$base"/keys.??????; do [ ! -d "$left" ] || return 0; done; return 1; }
settle_staged_keys() { ! has_staged_keys || (exec 7< "$base" && flock -n 7 && drop_staged_keys) || true; }
