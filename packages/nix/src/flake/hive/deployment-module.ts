/**
 * The options that a hive's nodes have beside those of NixOS: a function from the library to a module, as Colmena declares
 * them. What Flurry does not follow is declared all the same: a node that sets it has to evaluate, and the reader of the
 * hive says what becomes of it.
 *
 * @see https://colmena.cli.rs/unstable/reference/deployment.html
 */
export const deploymentModule = `
{ lib, name, ... }:
let
  inherit (lib) mkOption types;
  option = type: default: description: mkOption { inherit type default description; };
  isFilled = list: builtins.length list > 0;
  key = { name, config, ... }: {
    options = {
      name = option types.str name "The name of the file.";
      text = option (types.nullOr types.str) null "The key itself.";
      keyFile = mkOption {
        type = types.nullOr types.path;
        default = null;
        apply = path: if path == null then null else toString path;
        description = "A file of the deployer that holds the key.";
      };
      keyCommand = option (types.nullOr (types.addCheck (types.listOf types.str) isFilled)) null
        "A command of the deployer that prints the key.";
      destDir = option types.path "/run/keys" "The directory of the file.";
      path = mkOption {
        type = types.path;
        default = "\${config.destDir}/\${config.name}";
        internal = true;
        description = "The path of the file.";
      };
      user = option types.str "root" "The owner of the file.";
      group = option types.str "root" "The group of the file.";
      permissions = option types.str "0600" "The mode of the file, in octal digits.";
      uploadAt = option (types.enum [ "pre-activation" "post-activation" ]) "pre-activation"
        "When the file is brought to the host.";
    };
  };
in {
  _file = "the options of Colmena's nodes";
  options.deployment = {
    targetHost = option (types.nullOr types.str) name "Where ssh finds the host; null for none.";
    targetPort = option (types.nullOr types.ints.unsigned) null "The port of ssh.";
    targetUser = option (types.nullOr types.str) "root" "The user to log in as; null leaves it to ssh.";
    allowLocalDeployment = option types.bool false "Whether the host may deploy itself.";
    buildOnTarget = option types.bool false "Whether the host builds its own system.";
    tags = option (types.listOf types.str) [ ] "Groups of the host.";
    keys = option (types.attrsOf (types.submodule key)) { } "Files that are no part of the system.";
    replaceUnknownProfiles = option types.bool true "Whether to replace a system that is not known here.";
    privilegeEscalationCommand = option (types.listOf types.str) [ "sudo" "-H" "--" ]
      "The words before a command that make it run as root.";
    sshOptions = option (types.listOf types.str) [ ] "Further words for ssh.";
  };
}
`;
