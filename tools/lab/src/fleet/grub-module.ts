// Hosts of the lab have no firmware and no GRUB. This is a boot loader that writes GRUB's menu as NixOS does, and stubs of
// GRUB's tools: `grub-reboot` looks the entry up by its name, as GRUB would, and has the lab boot its system once.

const installGrub = `
  set -eu
  entry() { # NAME SYSTEM
    printf 'menuentry "%s" --class nixos --unrestricted {\\n  search --set=drive1 --fs-uuid 2fcd-9b1e\\n' "$1"
    printf '  linux ($drive1)//kernels/bzImage init=%s/init %s\\n  initrd ($drive1)//kernels/initrd\\n}\\n\\n' "$2" "$(cat "$2/kernel-params")"
  }
  mkdir -p /boot/grub
  rm -rf /boot/loader
  {
    echo 'if [ -s $prefix/grubenv ]; then'
    echo '  load_env'
    echo 'fi'
    echo 'if [ "$next_entry" ]; then'
    echo '  set default="$next_entry"'
    echo '  set next_entry='
    echo '  save_env next_entry'
    echo '  set timeout=1'
    echo 'else'
    echo '  set default=0'
    echo '  set timeout=5'
    echo 'fi'
    echo
    entry "NixOS - Default" "$(readlink -f "$1")"
    echo 'submenu "NixOS - All configurations" --class submenu {'
    for number in $(ls /nix/var/nix/profiles | sed -n 's/^system-\\([0-9]*\\)-link$/\\1/p' | sort -rn); do
      entry "NixOS - Configuration $number (2026-01-01 - 24.11)" "$(dirname "$(readlink -f "/nix/var/nix/profiles/system-$number-link/init")")"
    done
    echo '}'
  } > /boot/grub/grub.cfg.tmp
  mv /boot/grub/grub.cfg.tmp /boot/grub/grub.cfg
  readlink -f "$1" > /boot/lab-default`;

const grubReboot = `
  set -eu
  system=$(sed -n "/^menuentry \\"''\${1##*>}\\"/,/^}/s/.* init=\\([^ ]*\\)\\/init .*/\\1/p" /boot/grub/grub.cfg)
  [ -n "$system" ] || exit 1
  echo "next_entry=$1" > /boot/grub/grubenv
  echo "$1" > /boot/lab-reboots
  echo "$system" > /boot/lab-oneshot`;

const grubEditenv = `
  case "$2 ''\${3-}" in
    "list ") cat "$1" ;;
    "unset next_entry") : > "$1"; rm -f /boot/lab-oneshot ;;
    *) exit 1 ;;
  esac`;

const grubProbe = `
  case $1 in
    --target=fs) cat /boot/lab-file-system 2> /dev/null || echo ext2 ;;
    --target=abstraction) echo ;;
    *) exit 1 ;;
  esac`;

/** The module of a host that boots by GRUB, and more of it. */
export function grubModule(more = ""): string {
  return `
  { lib, pkgs, ... }: {
    # A boot loader that fails for a test goes before this one.
    system.build.installBootLoader = lib.mkOverride 60 (pkgs.writeShellScript "install-grub" ''${installGrub}'');
    environment.systemPackages = [
      (pkgs.writeShellScriptBin "grub-reboot" ''${grubReboot}'')
      (pkgs.writeShellScriptBin "grub-editenv" ''${grubEditenv}'')
      (pkgs.writeShellScriptBin "grub-probe" ''${grubProbe}'')
    ];
    ${more}
  }`;
}
