# The command line.

verb=$1; shift
case $verb in
  facts) verb_facts "$@"; exit ;;
  missing) verb_missing; exit ;;
esac
id=$1; shift
# It names files and units; what made it is the deployer, whose journal may have been written by others.
case $id in '' | -* | *[!A-Za-z0-9-]*) refuse "unknown-run" ;; esac
R=$base/runs/$id
[ -d "$R" ] || refuse "unknown-run"
case $verb in
  preflight) verb_preflight "$@" ;;
  renew) verb_renew ;;
  start) verb_start ;;
  await) verb_await "$@" ;;
  status) print_status ;;
  confirm) verb_confirm ;;
  give-up) verb_give_up "$1" ;;
  release) verb_release ;;
  log) cat "$R/log" 2> /dev/null ;;
  try) be_busy; do_try ;;
  commit) be_busy; do_commit ;;
  revert) be_busy; do_revert "$1" ;;
  contact) do_contact ;;
  *) echo "unknown verb: $verb" >&2; exit 2 ;;
esac
