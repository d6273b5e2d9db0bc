import { isAtLeast } from "../process/capabilities.ts";
import type { NixVersion } from "../process/capabilities.ts";
import { nixFromJson, nixString } from "../process/nix-string.ts";
import type { LockedFlake } from "./locked-flake.ts";

/**
 * Calls a flake in a subdirectory of a source in the store, with its inputs as its lock file has them, where `path:`
 * references take no `dir` (2.8 and several later versions; 2.26 does). The steps are those of nix's own call-flake.nix;
 * inputs that are paths relative to the flake are left to newer versions.
 */
const subdirectoryFlake = `
{ tree, subdirectory }:
let
  root = builtins.fetchTree tree;
  below = path: directory: if directory == "" then path else path + "/" + directory;
  lockFile = below root.outPath subdirectory + "/flake.lock";
  lock =
    if builtins.pathExists lockFile then builtins.fromJSON (builtins.readFile lockFile)
    else { nodes.root = { }; root = "root"; };
  # An input is the name of a node, or the path of inputs that it follows from the root.
  resolve = input: if builtins.isList input then follow lock.root input else input;
  follow = node: path:
    if path == [ ] then node
    else follow (resolve lock.nodes.\${node}.inputs.\${builtins.head path}) (builtins.tail path);
  call = name: node:
    let
      isRoot = name == lock.root;
      sourceInfo = if isRoot then root else builtins.fetchTree (removeAttrs node.locked [ "dir" ]);
      directory = below sourceInfo.outPath (if isRoot then subdirectory else node.locked.dir or "");
      inputs = builtins.mapAttrs (_: input: nodes.\${resolve input}) (node.inputs or { });
      outputs = (import (directory + "/flake.nix")).outputs (inputs // { self = flake; });
      # Until 2.13 a flake's outPath was that of its source, and it had no type.
      isOld = builtins.compareVersions builtins.nixVersion "2.14" < 0;
      outPath = if isOld then sourceInfo.outPath else directory;
      flake = outputs // sourceInfo // { inherit inputs outputs outPath sourceInfo; } // typed;
      typed = if isOld then { } else { _type = "flake"; };
    in
      if node.flake or true then flake else sourceInfo // { outPath = directory; };
  nodes = builtins.mapAttrs call lock.nodes;
in nodes.\${lock.root}
`;

/**
 * An expression of the Nix language whose value is the flake.
 *
 * @param version - only of interest for a flake in a subdirectory
 */
export function flakeExpression(flake: LockedFlake, version: NixVersion | undefined): string {
  const { subdirectory, storePath, narHash, revision, revisionCount, lastModified } = flake;
  if (subdirectory === undefined || takesDirectories(version)) return `builtins.getFlake ${nixString(flake.lockedRef)}`;
  const tree = { type: "path", path: storePath, narHash, rev: revision, revCount: revisionCount, lastModified };
  return `(${subdirectoryFlake.trim()}) (${nixFromJson({ tree, subdirectory })})`;
}

/** Lix went its own way from 2.18 on, whatever its number. */
function takesDirectories(version: NixVersion | undefined): boolean {
  return version !== undefined && version.implementation !== "lix" && isAtLeast(version, 2, 26);
}
