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
