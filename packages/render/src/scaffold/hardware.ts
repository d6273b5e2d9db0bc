/**
 * The text of `hosts/<name>/hardware.nix` for a machine that nobody has looked at yet. It evaluates and says at each
 * evaluation that it is a placeholder.
 */
export function hardwarePlaceholder(name: string): string {
  return `# A placeholder: nobody has looked at this machine yet. Put in its place what the machine says of itself:
#   ssh ${name} nixos-generate-config --show-hardware-config > hosts/${name}/hardware.nix
{ lib, modulesPath, ... }:
{
  imports = [ (modulesPath + "/installer/scan/not-detected.nix") ];

  warnings = [
    "hosts/${name}/hardware.nix is a placeholder: a machine with other disks would not start again after a deployment."
  ];

  boot.initrd.availableKernelModules = [
    "ahci"
    "nvme"
    "sd_mod"
    "usb_storage"
    "virtio_blk"
    "virtio_pci"
    "virtio_scsi"
    "xhci_pci"
  ];

  fileSystems."/" = {
    device = lib.mkDefault "/dev/disk/by-label/nixos";
    fsType = lib.mkDefault "ext4";
  };
  fileSystems."/boot" = {
    device = lib.mkDefault "/dev/disk/by-label/boot";
    fsType = lib.mkDefault "vfat";
    options = [ "umask=0077" ];
  };
}
`;
}
