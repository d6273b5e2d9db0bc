import { execFile } from "node:child_process";
import { access, constants, copyFile, readFile, realpath, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

import type { Contender, DeployCommand } from "./contenders.ts";

/** Other tools that deploy, by the names that they have here. */
export const peerNames = ["deploy-rs", "colmena"] as const;

/** One of {@link peerNames}. */
export type PeerName = (typeof peerNames)[number];

const programs: Readonly<Record<PeerName, { readonly program: string; readonly says: RegExp }>> = {
  "deploy-rs": { program: "deploy", says: /^deploy-rs / },
  colmena: { program: "colmena", says: /^colmena /i },
};

/** The tools that are on a PATH, each with its version. */
export async function findPeers(path: string | undefined): Promise<readonly Contender[]> {
  const found = await Promise.all(peerNames.map((name) => findPeer(name, path)));
  return found.flatMap((peer) => peer ?? []);
}

async function findPeer(name: PeerName, path: string | undefined): Promise<Contender | undefined> {
  const { program, says } = programs[name];
  const file = await onPath(program, path);
  if (file === undefined) return undefined;
  const version = await promisify(execFile)(file, ["--version"]).then(
    ({ stdout }) => stdout.trim(),
    () => "",
  );
  // `deploy` is also what many people call a script of their own.
  if (!says.test(version)) return undefined;
  return name === "colmena" ? colmena(file, version) : deployRs(file, version);
}

async function onPath(program: string, path = ""): Promise<string | undefined> {
  for (const directory of path.split(delimiter).filter((each) => each.startsWith("/"))) {
    const file = join(directory, program);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return await realpath(file);
  }
  return undefined;
}

/** With what it does by default, but for the checks of the flake, which would build all systems first. */
function deployRs(file: string, version: string): Contender {
  return {
    name: "deploy-rs",
    title: version,
    adapt: async (directory) => {
      await copyFile(join(dirname(file), "activate"), join(directory, "activate"));
      await editFlake(directory, /path = deploy-rs\.lib\.[^;]*;/, `path = ${activatable};`);
    },
    command: ({ directory, hosts, fleetSize }: DeployCommand) => [
      "sh",
      "-c",
      'exec "$0" --skip-checks --ssh-opts "-F $SSH_CONFIG_FILE" --targets "$@"',
      file,
      ...(hosts.length === fleetSize ? [directory] : hosts.map((host) => `${directory}#${host}`)),
    ],
  };
}

// What deploy-rs' own library makes, with the program that was built with it.
const activatable = `
  let
    pkgs = nixpkgs.legacyPackages.\${system};
    base = self.nixosConfigurations.\${name}.config.system.build.toplevel;
    script = file: text: pkgs.writeTextFile {
      name = "\${base.name}-\${file}";
      destination = "/\${file}";
      executable = true;
      text = "#!\${pkgs.runtimeShell}\nset -eu\n" + text;
    };
    activate = builtins.path { name = "activate"; path = ./activate; };
  in
  pkgs.buildEnv {
    name = "activatable-\${base.name}";
    paths = [
      base
      (script "deploy-rs-activate" "cd /tmp\n$PROFILE/bin/switch-to-configuration switch\n")
      (script "activate-rs" ''exec \${activate} "$@"'')
    ];
  }`;

function colmena(file: string, version: string): Contender {
  return {
    name: "colmena",
    title: version,
    adapt: async (directory) => await editFlake(directory, /deploy\.nodes = /, `${hive}\n      deploy.nodes = `),
    command: ({ directory, hosts, fleetSize }) => [
      file,
      "apply",
      "-f",
      join(directory, "flake.nix"),
      ...(hosts.length === fleetSize ? [] : ["--on", hosts.join(",")]),
    ],
  };
}

// What `colmena.lib.makeHive` gives for nodes without keys, of the very systems that the others deploy.
const hive = `colmenaHive = rec {
        __schema = "v0.5";
        nodes = self.nixosConfigurations;
        toplevel = builtins.mapAttrs (_: node: node.config.system.build.toplevel) nodes;
        deploymentConfig = builtins.mapAttrs (name: _: {
          targetHost = name;
          targetPort = null;
          targetUser = "root";
          allowLocalDeployment = false;
          buildOnTarget = false;
          tags = [ ];
          keys = { };
          replaceUnknownProfiles = true;
          privilegeEscalationCommand = [ "sudo" "-H" "--" ];
          sshOptions = [ ];
        }) nodes;
        only = names: builtins.intersectAttrs (builtins.listToAttrs (map (name: { inherit name; value = null; }) names));
        deploymentConfigSelected = names: only names deploymentConfig;
        evalSelected = names: only names toplevel;
        evalSelectedDrvPaths = names: builtins.mapAttrs (_: system: system.drvPath) (evalSelected names);
        metaConfig = { name = "bench"; description = "bench"; machinesFile = null; allowApplyAll = true; };
      };
`;

async function editFlake(directory: string, place: RegExp, text: string): Promise<void> {
  const file = join(directory, "flake.nix");
  const flake = await readFile(file, "utf8");
  if (!place.test(flake)) throw new Error(`the fleet's flake has no ${place.source}`);
  await writeFile(
    file,
    flake.replace(place, () => text),
  );
}
