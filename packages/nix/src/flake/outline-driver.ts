import { withHive } from "./hive/hive-expression.ts";

/**
 * The shape of a flake without its systems. Values that are no data (functions, derivations, paths) are left out of `deploy`,
 * and so is each profile's `path`: it is the activation script of a whole system. Of a key the text is left out: it is a secret.
 *
 * A hive takes the modules of each node, which is why a flake with `deploy` is asked for its hive only where that is wanted.
 */
export const outlineDriver = `
wantsHive: flake:
let
  isDerivation = value: value ? type && value.type == "derivation";
  isData = value: !(builtins.isFunction value) && !(builtins.isAttrs value && isDerivation value);
  data = value:
    if builtins.isAttrs value then
      builtins.mapAttrs (name: data) (only value (builtins.filter (name: isData value.\${name}) (builtins.attrNames value)))
    else if builtins.isList value then map data (builtins.filter isData value)
    else if builtins.isPath value then toString value
    else value;
  only = value: names: builtins.listToAttrs (map (name: { inherit name; value = value.\${name}; }) names);
  profile = value: if builtins.isAttrs value then data (removeAttrs value [ "path" ]) else data value;
  within = name: f: value:
    if builtins.isAttrs value && value ? \${name} then
      data (removeAttrs value [ name ]) // { \${name} = f value.\${name}; }
    else data value;
  each = f: value: if builtins.isAttrs value then builtins.mapAttrs (name: f) value else data value;
  deploy = within "nodes" (each (within "profiles" (each profile)));
  keySource = key:
    if key.text or null != null then "text"
    else if key.keyFile or null != null then "keyFile"
    else if key.keyCommand or null != null then "keyCommand"
    else null;
  key = value: data (removeAttrs value [ "text" ]) // { source = keySource value; };
  deployment = within "keys" (each key);
  hiveOf = hive: {
    meta = data (hive.metaConfig or { });
    nodes = builtins.mapAttrs (name: deployment)
      (hive.deploymentConfig or (builtins.mapAttrs (name: node: node.config.deployment) hive.nodes));
  };
  hasHive = flake ? colmena || flake ? colmenaHive;
in {
  pure = !(builtins ? currentTime);
  nixosConfigurations = builtins.attrNames (flake.nixosConfigurations or { });
  hasColmena = flake ? colmena;
  hasColmenaHive = flake ? colmenaHive;
}
// (if flake ? deploy then { deploy = deploy flake.deploy; } else { })
// (if hasHive && (wantsHive || !(flake ? deploy)) then { hive = hiveOf ((${withHive.trim()}) flake).colmenaHive; } else { })
`;
