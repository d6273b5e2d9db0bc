import { printNix } from "../nix/print.ts";
import { toNix } from "../nix/to-nix.ts";
import type { ScaffoldHost } from "./scaffold-options.ts";

/** How a machine starts. */
export type BootLoader =
  | { readonly kind: "systemd-boot" }
  | { readonly kind: "grub"; readonly device: string }
  | { readonly kind: "none" };

/** A fixed address of a machine, as it has it now. */
export interface StaticNetwork {
  readonly interface: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway?: string;
  /** Name servers that the machine asks; none when it did not say. */
  readonly nameservers?: readonly string[];
}

/** What a host's own module says. */
export interface HostModuleOptions {
  readonly name: string;
  readonly role: ScaffoldHost["role"];
  readonly stateVersion: string;
  readonly boot: BootLoader;
  /** Undefined leaves the address to DHCP. */
  readonly network?: StaticNetwork;
  /** A module of nixos-hardware: imported where the fleet has that input, else only named. */
  readonly profile?: { readonly name: string; readonly imported: boolean };
}

/** The text of `hosts/<name>/default.nix`: what sets one machine apart from the others. */
export function hostModuleText(options: HostModuleOptions): string {
  const { name, role, stateVersion, profile } = options;
  const args = profile?.imported === true ? "{ inputs, ... }:" : "{ ... }:";
  const body = [
    imports(options),
    boot(options.boot),
    network(options),
    roles[role],
    `  # The release that this machine was installed with: it keeps the defaults of its data. Leave it when you upgrade.
  system.stateVersion = ${text(stateVersion)};`,
  ].filter((part) => part !== "");
  return `# ${titles[role](name)}\n${args}\n{\n${body.join("\n\n")}\n}\n`;
}

const titles: Readonly<Record<ScaffoldHost["role"], (name: string) => string>> = {
  storage: (name) => `${name}: storage. Shares for the house, and where metrics are gathered.`,
  apps: (name) => `${name}: applications, in containers.`,
  edge: (name) => `${name}: the edge. Routes, lets the family in by WireGuard, and serves the front page.`,
  plain: (name) => `${name}.`,
};

function imports({ profile }: HostModuleOptions): string {
  if (profile === undefined) return "  imports = [ ./hardware.nix ];";
  const { name, imported } = profile;
  const module = `inputs.nixos-hardware.nixosModules.${name}`;
  if (imported) return `  imports = [\n    ./hardware.nix\n    ${module}\n  ];`;
  return `  imports = [
    ./hardware.nix
    # nixos-hardware knows this machine: add it to the inputs of the fleet file, \`inputs\` to the arguments above, and
    # ${module}
  ];`;
}

function boot(loader: BootLoader): string {
  switch (loader.kind) {
    case "systemd-boot":
      return `  boot.loader.systemd-boot = {
    enable = true;
    configurationLimit = 20;
  };
  boot.loader.efi.canTouchEfiVariables = true;`;
    case "grub":
      return `  boot.loader.grub = {
    enable = true;
    device = ${text(loader.device)};
    configurationLimit = 20;
  };`;
    case "none":
      return "";
  }
}

function network({ name, network: fixed }: HostModuleOptions): string {
  if (fixed === undefined)
    return `  networking.hostName = ${text(name)};
  # The address comes by DHCP. For a fixed one:
  # networking.useDHCP = false;
  # networking.interfaces.enp1s0.ipv4.addresses = [
  #   {
  #     address = "192.0.2.10";
  #     prefixLength = 24;
  #   }
  # ];
  # networking.defaultGateway = "192.0.2.1";
  # networking.nameservers = [ "192.0.2.1" ];`;
  const gateway = fixed.gateway === undefined ? "" : `\n    defaultGateway = ${text(fixed.gateway)};`;
  return `  networking = {
    hostName = ${text(name)};
    useDHCP = false;
    interfaces.${attribute(fixed.interface)}.ipv4.addresses = [
      {
        address = ${text(fixed.address)};
        prefixLength = ${fixed.prefixLength};
      }
    ];${gateway}${nameservers(fixed)}
  };`;
}

/** Nobody else tells them to a machine without DHCP. */
function nameservers({ nameservers: found = [] }: StaticNetwork): string {
  if (found.length === 0) return `\n    # Without name servers it finds no cache: nameservers = [ "192.0.2.1" ];`;
  const [only] = found;
  if (found.length === 1 && only !== undefined) return `\n    nameservers = [ ${text(only)} ];`;
  return `\n    nameservers = [\n${found.map((one) => `      ${text(one)}\n`).join("")}    ];`;
}

const roles: Readonly<Record<ScaffoldHost["role"], string>> = {
  storage: `  # This machine asks all others for their metrics (modules/monitoring.nix).
  fleet.monitoring.server.enable = true;

  # Shares for Windows, macOS and Linux. A user of theirs gets a password with: smbpasswd -a NAME
  # services.samba = {
  #   enable = true;
  #   openFirewall = true;
  #   settings = {
  #     global = {
  #       "server min protocol" = "SMB3";
  #       "hosts allow" = "192.0.2. 127.";
  #       "hosts deny" = "0.0.0.0/0";
  #     };
  #     media = {
  #       path = "/srv/media";
  #       "read only" = "no";
  #       "valid users" = "@users";
  #     };
  #   };
  # };

  # Shares for the other hosts, over NFSv4 alone: one port.
  # services.nfs.server = {
  #   enable = true;
  #   exports = ''
  #     /srv/backup 192.0.2.0/24(rw,sync,no_subtree_check,root_squash)
  #   '';
  # };
  # networking.firewall.allowedTCPPorts = [ 2049 ];`,
  apps: `  # A container, at the one address where the edge reaches it: Docker opens the port past the firewall.
  # virtualisation.oci-containers.containers.whoami = {
  #   image = "traefik/whoami:v1.10";
  #   ports = [ "192.0.2.11:8000:80" ];
  # };`,
  edge: `  # The front page, and the way to the applications on the other hosts.
  # services.nginx = {
  #   enable = true;
  #   recommendedGzipSettings = true;
  #   recommendedOptimisation = true;
  #   recommendedProxySettings = true;
  #   recommendedTlsSettings = true;
  #   virtualHosts."apps.example.org" = {
  #     enableACME = true;
  #     forceSSL = true;
  #     locations."/".proxyPass = "http://192.0.2.11:8000";
  #   };
  # };
  # security.acme = {
  #   acceptTerms = true;
  #   defaults.email = "you@example.org";
  # };
  # networking.firewall.allowedTCPPorts = [
  #   80
  #   443
  # ];`,
  plain: "",
};

function text(value: string): string {
  return printNix(toNix(value)).trimEnd();
}

function attribute(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_'-]*$/.test(name) ? name : text(name);
}
