# The command line of the upload of keys. What comes in is read from standard input and goes to files, never to arguments.
#
#   look                 the number of paths, then paths -> what is there: place, SHA-256, mode, owner
#   put ID OWNERS        the number of keys, then keys: all are staged before the first is swapped. ID is the run that
#                        gets the old ones back when it reverts, or empty. OWNERS: `must` be there, or `may` come later

fail() { say failed "$1"; exit 1; }

look() {
  IFS= read -r count || fail "the connection ended"
  index=0
  while [ "$index" -lt "$count" ]; do
    IFS= read -r path || fail "the connection ended"
    if [ -f "$path" ] && [ ! -L "$path" ] && sum=$(sha256sum < "$path"); then
      say key "$index ${sum%% *} $(stat -c '%a %u %U %g %G' "$path")"
    fi
    index=$((index + 1))
  done
  say looked "$count"
}

key_directory() { # DIRECTORY: where keys may be, made as Colmena makes it
  [ ! -d "$1" ] || return 0
  if [ "$1" != /run/keys ]; then (umask 022 && mkdir -p "$1"); return; fi
  mkdir -p "$1" && chmod 0750 "$1" && { chgrp keys "$1" 2> /dev/null || chmod 0700 "$1"; }
}

stage_key() { # INDEX
  for field in path user group mode size sum; do IFS= read -r "$field" || fail "the connection ended"; done
  [ ! -d "$path" ] || fail "$path is a directory"
  directory=${path%/*}
  key_directory "${directory:=/}" || fail "the directory $directory cannot be made"
  printf '%s\n' "$directory" > "$work/$1.place" && sync "$work/$1.place" "$work" || fail "nothing can be written in $work"
  stage=$(mktemp -d "$directory/.flurry-key.XXXXXX") || fail "nothing can be written in $directory"
  { printf '%s\n' "$stage" > "$work/$1.stage" && printf '%s\n' "$path" > "$work/$1.path"; } ||
    { rm -rf "$stage"; fail "nothing can be written in $work"; }
  receive "$stage" || { rm -rf "$stage"; fail "$trouble"; }
}
receive() { # STAGE: in the directory itself, which nobody can put another one in the place of
  trouble="there is no space for $path, or the connection ended"
  cd "$1" && [ "$(stat -c %u .)" = "$(id -u)" ] || return 1
  : > key || return 1
  [ "$size" = 0 ] || dd bs="$size" count=1 iflag=fullblock of=key 2> /dev/null || return 1
  [ "$(sha256sum < key)" = "$sum  -" ] || return 1
  if ! chown "$user:$group" key 2> /dev/null; then
    trouble="there is no user $user or no group $group for $path"
    [ "$owners" = may ] || return 1
    say owner_later "$path"
  fi
  chmod "$mode" key || return 1
  sync key 2> /dev/null
  cd /
}

swap_key() { # INDEX
  IFS= read -r stage < "$work/$1.stage" && IFS= read -r path < "$work/$1.path" || return 1
  [ -z "$id" ] || keep_old_key "$1" || return 1
  mv -fT "$stage/key" "$path" || return 1
  sync "${path%/*}/" 2> /dev/null
  rm -rf "$stage"
}
keep_old_key() { # INDEX: numbered on, as a run may bring keys more than once
  number=$1
  while [ -e "$R/key.$number" ]; do number=$((number + 1)); done
  old=
  [ ! -e "$path" ] || old=${path%/*}/.flurry-before.$id.$number
  # What is noted can be cleared up, whoever is killed next.
  put "key.$number" "$path
$(key_identity "$stage/key")
$old" || return 1
  [ -z "$old" ] || ln "$path" "$old" 2> /dev/null || cp -p "$path" "$old"
}

is_going_on() { # a run from before a boot goes back, also where nobody has asked for its verdict yet
  get boot
  [ -d "$R" ] && [ ! -s "$R/verdict" ] && [ ! -e "$R/undoing" ] && [ ! -e "$R/token.revert" ] && [ "$boot" = "$(boot_id)" ]
}
put_keys() {
  IFS= read -r count || fail "the connection ended"
  index=0
  while [ "$index" -lt "$count" ]; do stage_key "$index"; index=$((index + 1)); done
  if [ -n "$id" ]; then
    is_going_on || fail "the host has given the run up"
  fi
  index=0
  while [ "$index" -lt "$count" ]; do swap_key "$index" || fail "a key could not be moved into its place"; index=$((index + 1)); done
  say uploaded "$count"
}

verb=$1; shift
case $verb in
  look) look; exit ;;
  put) ;;
  *) echo "unknown verb: $verb" >&2; exit 2 ;;
esac
id=$1; owners=$2
case $id in *[!A-Za-z0-9-]*) refuse "unknown-run" ;; esac
R=$base/runs/$id
mkdir -p "$base" "$volatile"
exec 7< "$base" && flock -w 60 7 || fail "another upload of keys goes on"
drop_staged_keys
trap drop_staged_keys EXIT
trap 'exit 1' HUP INT TERM
work=$(mktemp -d "$base/keys.XXXXXX") || fail "nothing can be written in $base"
put_keys
