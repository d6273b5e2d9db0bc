import type { ScaffoldOptions } from "./scaffold-options.ts";

/** The text of `modules/monitoring.nix`: metrics of every machine, gathered by those that are told to. */
export const monitoringModule = `# Metrics of this machine, and on one that is told to, those of the whole fleet.
{
  config,
  inputs,
  lib,
  ...
}:
let
  cfg = config.fleet.monitoring;
  bracketed = address: if lib.hasInfix ":" address then "[\${address}]" else address;
  # Every host of the fleet under the address that it is deployed to.
  targets = lib.mapAttrsToList (name: node: {
    targets = [ "\${bracketed node.hostname}:\${toString cfg.port}" ];
    labels.host = name;
  }) inputs.self.deploy.nodes;
in
{
  options.fleet.monitoring = {
    port = lib.mkOption {
      type = lib.types.port;
      default = 9100;
      description = "The port of the node exporter on every host.";
    };
    server.enable = lib.mkEnableOption "gathering the metrics of all hosts here";
  };

  config = lib.mkMerge [
    {
      services.prometheus.exporters.node = {
        enable = true;
        inherit (cfg) port;
        enabledCollectors = [
          "processes"
          "systemd"
        ];
      };
      # Everyone in the network may read them; to narrow it, open the port on one interface:
      # networking.firewall.interfaces.enp1s0.allowedTCPPorts = [ cfg.port ];
      networking.firewall.allowedTCPPorts = [ cfg.port ];
    }

    (lib.mkIf cfg.server.enable {
      services.prometheus = {
        enable = true;
        # Read it over an ssh tunnel, or put nginx with a password before it.
        listenAddress = "127.0.0.1";
        retentionTime = "90d";
        globalConfig.scrape_interval = "30s";
        scrapeConfigs = [
          {
            job_name = "node";
            static_configs = targets;
          }
        ];
        rules = [
          ''
            groups:
              - name: fleet
                rules:
                  - alert: HostDown
                    expr: up{job="node"} == 0
                    for: 5m
                  - alert: DiskAlmostFull
                    expr: node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs"} / node_filesystem_size_bytes < 0.1
                    for: 15m
                  - alert: UnitFailed
                    expr: node_systemd_unit_state{state="failed"} == 1
                    for: 5m
          ''
        ];
      };
    })
  ];
}
`;

/** The text of `modules/docker-host.nix`. */
export const dockerHostModule = `# A host for containers.
{ pkgs, ... }:
{
  virtualisation.docker = {
    enable = true;
    autoPrune = {
      enable = true;
      dates = "weekly";
      flags = [
        "--all"
        "--filter=until=168h"
      ];
    };
    daemon.settings = {
      log-driver = "journald";
      # Containers go on while the daemon is updated.
      live-restore = true;
      no-new-privileges = true;
      # Published ports are not open to the world by themselves; name another address where they should be.
      ip = "127.0.0.1";
    };
  };
  virtualisation.oci-containers.backend = "docker";

  environment.systemPackages = [ pkgs.docker-compose ];
}
`;

const privateKeys: Readonly<Record<"sops" | "agenix", { readonly option: string; readonly secret: string }>> = {
  sops: { option: "sops", secret: "wireguard/private-key" },
  agenix: { option: "age", secret: "wireguard-private-key" },
};

/** The text of `modules/networking.nix`: a router that lets people in by WireGuard. */
export function networkingModule({ secrets }: Pick<ScaffoldOptions, "secrets">): string {
  const { option, secret } = privateKeys[secrets.backend === "agenix" ? "agenix" : "sops"];
  return `# A router: forwards packets, and lets people in by WireGuard once it has a key.
{ config, lib, ... }:
let
  cfg = config.fleet.router;
  # The path of the secret "${secret}" on the machine, once a file that the host may read has it.
  privateKey = lib.attrByPath [ "${option}" "secrets" "${secret}" "path" ] null config;
in
{
  options.fleet.router = {
    externalInterface = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "enp1s0";
      description = "The interface that leads to the world; with it, the others are behind NAT.";
    };
    internalInterfaces = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "enp2s0" ];
      description = "Interfaces of the house.";
    };
  };

  config = lib.mkMerge [
    {
      boot.kernel.sysctl = {
        "net.ipv4.conf.all.forwarding" = true;
        "net.ipv4.conf.all.rp_filter" = lib.mkDefault 1;
        "net.ipv4.conf.all.accept_redirects" = 0;
        "net.ipv4.conf.all.send_redirects" = 0;
        "net.ipv6.conf.all.accept_redirects" = 0;
      };
    }

    (lib.mkIf (cfg.externalInterface != null) {
      networking.nat = {
        enable = true;
        inherit (cfg) externalInterface;
        internalInterfaces = cfg.internalInterfaces ++ lib.optional (privateKey != null) "wg0";
      };
    })

    (lib.mkIf (privateKey != null) {
      networking.wireguard.interfaces.wg0 = {
        ips = [ "10.100.0.1/24" ];
        listenPort = 51820;
        privateKeyFile = privateKey;
        peers = [
          # {
          #   # The phone of someone: its public key, and the one address that it has here.
          #   publicKey = "…";
          #   allowedIPs = [ "10.100.0.2/32" ];
          # }
        ];
      };
      networking.firewall.allowedUDPPorts = [ 51820 ];
    })
  ];
}
`;
}

/** The text of `overlays/default.nix`. */
export const overlaysModule = `# Packages that are changed or added for every host of the fleet.
final: prev: {
  # htop = prev.htop.overrideAttrs (old: { patches = (old.patches or [ ]) ++ [ ./htop.patch ]; });
}
`;
