#!/bin/sh
# The lab's process outside of its namespaces: starts them, writes their uid map, and cleans up after their end,
# also when whoever started the lab is long dead.
# env: LAB ASSETS MAPPING=identity|subuid|single|none TIED EPHEMERAL CGROUP STATE_SIZE STORE
set -u
: "${LAB:?}" "${ASSETS:?}" "${MAPPING:?}"
case $MAPPING in
  # A read-only mount that a user namespace inherits is locked: root inside cannot make it writable again.
  identity | none) unshare --mount --propagation private sh "$ASSETS/namespaces.sh" ;;
  *) sh "$ASSETS/namespaces.sh" ;;
esac
exec sh "$ASSETS/clean-up.sh"
