import type { ScaffoldOptions } from "./scaffold-options.ts";

/** The text of `modules/common.nix`: what every machine of a new fleet has. */
export function commonModule({ sshUser, timeZone }: Pick<ScaffoldOptions, "sshUser" | "timeZone">): string {
  return `# What every machine of the fleet has.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  # Who may log in: each file of keys/ is someone's public ssh key.
  keyFiles = map (name: ../keys + "/\${name}") (
    builtins.filter (lib.hasSuffix ".pub") (builtins.attrNames (builtins.readDir ../keys))
  );
in
{
  warnings = lib.optional (
    keyFiles == [ ]
  ) "keys/ holds no public ssh key: with this system nobody could log in to \${config.networking.hostName}";

  time.timeZone = lib.mkDefault "${timeZone}";
  i18n.defaultLocale = lib.mkDefault "en_US.UTF-8";

  nix = {
    settings = {
      experimental-features = [
        "nix-command"
        "flakes"
      ];
      # Whoever deploys hands over systems that no cache has signed.
      trusted-users = [
        "root"
        "@wheel"
      ];
      auto-optimise-store = true;
      # Collects garbage by itself before the disk is full (bytes).
      min-free = 1073741824;
      max-free = 4294967296;
    };
    gc = {
      automatic = true;
      dates = "weekly";
      # Old systems to go back to are kept for a month.
      options = "--delete-older-than 30d";
      randomizedDelaySec = "45min";
    };
  };

  # Keys only, and nothing that a server of a fleet does not need.
  services.openssh = {
    enable = true;
    settings = {
      PasswordAuthentication = false;
      KbdInteractiveAuthentication = false;
      PermitRootLogin = "${sshUser === "root" ? "prohibit-password" : "no"}";
      X11Forwarding = false;
      AllowAgentForwarding = false;
      ClientAliveInterval = 60;
      ClientAliveCountMax = 3;
    };
  };

${users(sshUser)}

  networking.firewall.enable = true;

  # A journal that cannot fill the disk.
  services.journald.extraConfig = ''
    SystemMaxUse=1G
    MaxRetentionSec=3month
  '';

  environment.systemPackages = with pkgs; [
    curl
    git
    htop
    tmux
    vim
  ];
}
`;
}

function users(sshUser: string): string {
  if (sshUser === "root") return `  users.users.root.openssh.authorizedKeys.keyFiles = keyFiles;`;
  return `  # Flurry logs in as this user and becomes root to activate a system.
  users.users.${sshUser} = {
    isNormalUser = true;
    description = "Deployments";
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keyFiles = keyFiles;
  };
  security.sudo.extraRules = [
    {
      users = [ "${sshUser}" ];
      commands = [
        {
          command = "ALL";
          options = [ "NOPASSWD" ];
        }
      ];
    }
  ];`;
}
