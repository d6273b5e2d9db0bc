/**
 * Ways in which a configuration can look at its flake, each as an expression that ends up in a host's derivation. Within
 * reach are `self`, `inputs`, `text` (a value as a string) and `drv` (makes a derivation).
 */
export const kinds: Readonly<Record<string, string>> = {
  constant: `"nothing"`,

  // Files and directories.
  importFile: `text (import ./modules/one.nix)`,
  importDirectory: `text (import ./modules)`,
  importEach: `text (map (name: import (./modules/set + "/\${name}")) (builtins.attrNames (builtins.readDir ./modules/set)))`,
  readFile: `builtins.readFile ./data/a.txt`,
  readJson: `text (builtins.fromJSON (builtins.readFile ./data/values.json))`,
  readDir: `text (builtins.readDir ./data/list)`,
  readDirNames: `text (builtins.attrNames (builtins.readDir ./data))`,
  hashFile: `builtins.hashFile "sha256" ./data/b.txt`,
  pathExists: `text (builtins.pathExists ./data/a.txt)`,
  pathMissing: `text (builtins.pathExists ./data/new.txt)`,
  pathExistsBelow: `text (builtins.pathExists ./data/list/sub/deep/none)`,
  optionalFile: `if builtins.pathExists ./data/new.txt then builtins.readFile ./data/new.txt else "none"`,
  fileType: `if builtins ? readFileType then builtins.readFileType ./data/link else "unknown"`,

  // Links.
  readLink: `builtins.readFile ./data/link`,
  readDirLink: `text (builtins.readDir ./data/dirlink)`,
  readBelowLink: `if builtins.pathExists ./data/dirlink/x then builtins.readFile ./data/dirlink/x else "none"`,
  copyLink: `"\${./data/dirlink}"`,

  // Copies to the store.
  copyFile: `"\${./data/a.txt}"`,
  copyScript: `"\${./data/script.sh}"`,
  copyDirectory: `"\${./data/list}"`,
  filterSource: `builtins.filterSource (path: type: type == "directory" || baseNameOf path == "x") ./data/list`,
  builtinsPath: `builtins.path { path = ./data; name = "some"; filter = path: type: type != "symlink"; }`,
  fileset: `toString (builtins.filter (name: builtins.match ".*txt" name != null) (builtins.attrNames (builtins.readDir ./data)))`,

  // The source as such.
  selfPath: `"\${self}"`,
  selfFile: `builtins.readFile (self + "/data/a.txt")`,
  selfDirectory: `"\${self}/data"`,
  sourceRoot: `"\${./.}"`,
  pathText: `toString ./data/a.txt`,
  pathName: `baseNameOf ./.`,
  pathHash: `builtins.hashString "sha256" (toString ./.)`,
  pathInFile: `builtins.toFile "place" (builtins.unsafeDiscardStringContext (toString ./data))`,
  position: `text (builtins.unsafeGetAttrPos "here" { here = 1; })`,
  outPathUnused: `builtins.substring 0 11 self.outPath`,

  // Facts about the source.
  rev: `self.rev or "dirty"`,
  shortRev: `self.shortRev or "dirty"`,
  hasRev: `text (self ? rev)`,
  hasRevInfo: `text (self.sourceInfo ? rev)`,
  revCount: `text (self.revCount or 0)`,
  dirtyRev: `self.dirtyRev or "clean"`,
  lastModified: `text self.lastModified or 0`,
  lastModifiedDate: `self.lastModifiedDate or "never"`,
  narHash: `self.narHash`,
  factNames: `text (builtins.attrNames self.sourceInfo)`,
  selfNames: `text (builtins.attrNames self)`,
  facts: `builtins.toJSON (removeAttrs self.sourceInfo [ "outPath" ])`,
  selfOverlay: `text (self.overlay { } { })`,
  otherHost: `self.nixosConfigurations.importFile.config.system.build.toplevel.drvPath`,
  functionArguments: `({ rev ? "none", ... }: rev) self`,

  // Inputs.
  input: `inputs.leaf.value`,
  inputFile: `builtins.readFile "\${inputs.plain}/data.txt"`,
  inputPath: `"\${inputs.plain}"`,
  inputOfInput: `inputs.middle.deep.value`,
  inputRev: `inputs.leaf.rev or "none"`,
  inputNames: `text (builtins.attrNames inputs)`,
  inputsOfSelf: `text (builtins.attrNames self.inputs)`,
  selfInput: `text (inputs.self.overlay { } { })`,
  everyInput: `text (map (name: inputs.\${name}.narHash or "none") (builtins.filter (name: name != "self") (builtins.attrNames inputs)))`,
  factsThroughInput: `inputs.stub.root.rev or "dirty"`,
  countThroughInput: `text (inputs.stub.root.revCount or 0 > 5)`,
  hasRevThroughInput: `text (inputs.stub.root ? rev)`,
  dateThroughInput: `text (inputs.nested.stub.root.lastModified or 0)`,
  pathThroughInput: `"\${inputs.stub.root}"`,
  fileThroughInput: `builtins.readFile "\${inputs.nested.stub.root}/data/a.txt"`,
  inputThroughInput: `inputs.nested.stub.root.inputs.leaf.value`,
  besidesItself: `inputs.nested.value`,
  itselfAsInput: `inputs.me.rev or "dirty"`,
  lockFile: `text (builtins.attrNames (builtins.fromJSON (builtins.readFile ./flake.lock)).nodes)`,
  lockFileWhole: `builtins.hashString "sha256" (builtins.readFile ./flake.lock)`,

  // Derivations that are built to be read.
  importFromDerivation: `import (drv "ifd" { script = "echo '\\"'$(cat $text)'\\"' > $out"; text = ./data/a.txt; })`,
  leakThroughDerivation: `import (drv "ifd-leak" { script = "echo '\\"'$(basename $place | cut -c1-8)'\\"' > $out"; place = "\${self}"; })`,
};

/**
 * Ways that leave no trace at all: to take the path of the source apart. Only a proof (`verify`) finds them. An answer for
 * one of these may be stale until then, and then says that it is unverified.
 */
export const untraceable: Readonly<Record<string, string>> = {
  pathPart: `builtins.substring 11 8 (toString ./.)`,
  pathLetters: `text (builtins.filter (part: builtins.isString part && part != "") (builtins.split "[/-]|([a-m0-5])" (baseNameOf ./.)))`,
};
