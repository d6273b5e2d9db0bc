import { deploymentModule } from "./deployment-module.ts";
import { keysModule } from "./keys-module.ts";

/**
 * Prepares a hive as it stands in the output `colmena`: `nodes`, `deploymentConfig` and `metaConfig`, as
 * `colmena.lib.makeHive` gives them. The systems are those that Colmena evaluates; what is said in `meta.nixpkgs` holds for
 * a node as if its own modules had said it first.
 *
 * @see https://colmena.cli.rs/unstable/reference/meta.html
 */
const prepareHive = `
raw:
let
  hive = if builtins.isFunction raw || raw ? __functor then raw { } else raw;
  isNode = name: !(builtins.elem name [ "defaults" "meta" "network" ]);
  names = builtins.filter isNode (builtins.attrNames hive);
  metaGiven =
    if hive ? meta && hive ? network then throw "the hive has both meta and network, which mean the same: keep meta"
    else hive.meta or hive.network or { };
  # A flake cannot choose nixpkgs for its reader, so that a path or a function is of no use.
  instance = where: pkgs:
    if builtins.isAttrs pkgs && pkgs ? path && pkgs ? lib then pkgs
    else throw "\${where} must be an instance of nixpkgs: import nixpkgs { system = \\"x86_64-linux\\"; }";
  nixpkgs = instance "meta.nixpkgs" (metaGiven.nixpkgs or (throw "the hive needs meta.nixpkgs"));
  inherit (nixpkgs) lib;
  inherit (lib) mkOption types;
  option = type: default: description: mkOption { inherit type default description; };
  metaModule = {
    _file = "the options of Colmena's meta";
    options = {
      name = option types.str "hive" "The name of the hive.";
      description = option types.str "A Colmena Hive" "One line about the hive.";
      nixpkgs = option types.unspecified null "The packages of all nodes.";
      nodeNixpkgs = option (types.attrsOf types.unspecified) { } "The packages of nodes that have others.";
      nodeSpecialArgs = option (types.attrsOf types.unspecified) { } "Arguments for the modules of one node.";
      specialArgs = option (types.attrsOf types.unspecified) { } "Arguments for all modules.";
      machinesFile = option (types.nullOr (types.coercedTo types.path toString types.str)) null
        "A file of remote builders.";
      allowApplyAll = option types.bool true "Whether all nodes may be deployed by naming none.";
    };
  };
  meta = (lib.evalModules { modules = [ metaModule { _file = "meta of the hive"; imports = [ metaGiven ]; } ]; }).config;
  modulesOf = name: if builtins.isList hive.\${name} then hive.\${name} else [ hive.\${name} ];
  evaluate = more: name:
    let
      pkgs = if meta.nodeNixpkgs ? \${name} then instance "meta.nodeNixpkgs.\${name}" meta.nodeNixpkgs.\${name} else nixpkgs;
      isTyped = lib.versionAtLeast pkgs.lib.version "22.11pre";
    in import (pkgs.path + "/nixos/lib/eval-config.nix") {
      system = pkgs.stdenv.hostPlatform.system or pkgs.system;
      specialArgs = { inherit name; nodes = unchecked; } // meta.specialArgs // (meta.nodeSpecialArgs.\${name} or { });
      modules = [
        {
          _file = "meta.nixpkgs of the hive";
          nixpkgs.overlays = lib.mkBefore (pkgs.overlays or [ ]);
          nixpkgs.config = if isTyped then lib.mkBefore pkgs.config else lib.mkOptionDefault pkgs.config;
        }
        (${deploymentModule.trim()})
        (${keysModule.trim()})
        (hive.defaults or { })
      ] ++ more ++ modulesOf name;
    };
  each = f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names);
  unchecked = each (evaluate [ { _module.check = false; } ]);
in
if raw ? __schema then raw
else rec {
  nodes = each (evaluate [ ]);
  deploymentConfig = builtins.mapAttrs (_: node: node.config.deployment) nodes;
  metaConfig = { inherit (meta) name description machinesFile allowApplyAll; };
}
`;

/**
 * A function of the Nix language from the outputs of a flake to the same with a `colmenaHive`, where there is a hive at all.
 * A hive that the flake prepared itself stays as it is.
 */
export const withHive = `
outputs:
if outputs ? colmenaHive || !(outputs ? colmena) then outputs
else outputs // { colmenaHive = (${prepareHive.trim()}) outputs.colmena; }
`;
