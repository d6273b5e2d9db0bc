/**
 * Stands in for systemd-boot's `bootctl`, whose variables are in a firmware that hosts of the lab have not got: it leaves
 * the answers in files that the lab boots by. The entries are those of the example's boot loader. For a Nix string.
 */
export const bootctlScript = `
  set -eu
  system() { sed -n 's/^options init=\\([^ ]*\\)\\/init.*/\\1/p' "/boot/loader/entries/$1"; }
  case $1 in
    set-oneshot) if [ -n "$2" ]; then system "$2" > /boot/lab-oneshot; else rm -f /boot/lab-oneshot; fi ;;
    set-default) if [ -n "$2" ]; then system "$2" > /boot/lab-override; else rm -f /boot/lab-override; fi ;;
    *) exit 2 ;;
  esac`;
