/**
 * What `deployment.keys` means on the host, under the names that Colmena and NixOps use: the unit `<name>-key.service` is
 * active while the key is there, so that others can wait for it, and an activation gives keys that came before it to
 * their owners, whom it may just have made. The keys themselves are not looked at.
 */
export const keysModule = `
{ config, lib, pkgs, name, ... }:
let
  keys = config.deployment.keys;
  early = lib.filterAttrs (_: key: key.uploadAt == "pre-activation") keys;
  word = lib.escapeShellArg;
  unit = content: lib.mapAttrs' (keyName: key: lib.nameValuePair "\${keyName}-key" (content key)) keys;
  sources = key: builtins.filter (source: source != null) [ key.text key.keyFile key.keyCommand ];
in {
  _file = "the keys of Colmena's nodes";
  config = {
    assertions = lib.mapAttrsToList (keyName: key: {
      assertion = builtins.length (sources key) == 1;
      message = "\${name}: deployment.keys.\${keyName} needs one of text, keyFile and keyCommand, and only one";
    }) keys;
    system.activationScripts = lib.mkIf (early != { }) {
      colmena-chown-keys = {
        deps = builtins.filter (step: config.system.activationScripts ? \${step}) [ "users" "groups" ];
        text = lib.concatStringsSep "\\n" (lib.mapAttrsToList (_: key: ''
          if [ -f \${word key.path} ]; then
            chown \${word "\${key.user}:\${key.group}"} \${word key.path}
          else
            echo \${word "the key \${key.path} is not there, so that it keeps no owner"} >&2
          fi
        '') early);
      };
    };
    systemd.paths = unit (key: {
      wantedBy = [ "paths.target" ];
      pathConfig.PathExists = key.path;
    });
    # A watch that ends after a while needs no lock between the look and the watch.
    systemd.services = unit (key: {
      path = [ pkgs.inotify-tools ];
      serviceConfig = { TimeoutStartSec = "infinity"; Restart = "always"; RestartSec = "100ms"; };
      preStart = ''
        until [ -e \${word key.path} ]; do
          inotifywait -qq -t 10 -e create,moved_to \${word key.destDir} || sleep 1
        done
      '';
      script = ''
        while [ -e \${word key.path} ]; do
          inotifywait -qq -t 60 -e delete_self,move_self \${word key.path} || true
        done
      '';
    });
  };
}
`;
