import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { FlurryError, runProcess } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";
import type { NixContext } from "@flurry/nix";

import { kinds, untraceable } from "./kinds.ts";

/** A git repository with a flake that has one host for each kind of access. */
export interface TestFleet {
  readonly directory: string;
  /** Repositories of its inputs, by name. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly hosts: readonly string[];
  readonly context: NixContext;
}

const allKinds = { ...kinds, ...untraceable };

function flakeNix(inputs: Readonly<Record<string, string>>): string {
  const names = Object.keys(allKinds).map((name) => JSON.stringify(name));
  const url = (name: string): string => JSON.stringify(`git+file://${inputs[name] ?? ""}`);
  return `{
  inputs.leaf.url = ${url("leaf")};
  inputs.plain = { url = ${url("plain")}; flake = false; };
  inputs.middle = { url = ${url("middle")}; inputs.deep.follows = "leaf"; };
  inputs.stub = { url = ${url("stub")}; inputs.root.follows = ""; };
  inputs.nested = { url = ${url("nested")}; inputs.stub.follows = "stub"; };
  inputs.me.follows = "";
  outputs = { self, ... }@inputs:
    let
      text = value: builtins.unsafeDiscardStringContext (builtins.toJSON value);
      drv = name: attrs: derivation ({
        inherit name; system = "x86_64-linux"; builder = "/bin/sh"; PATH = "/usr/bin:/bin"; args = [ "-c" attrs.script ];
      } // attrs);
      host = name: {
        inherit name;
        value.config.system.build.toplevel = drv "host" {
          script = "echo > $out";
          value = import (./kinds + "/\${name}.nix") { inherit self inputs text drv; };
          kind = name;
        };
      };
    in {
      overlay = final: prev: { package = "overlay"; };
      nixosConfigurations = builtins.listToAttrs (map host [ ${names.join(" ")} ]);
    };
}
`;
}

/** Each in a file of its own, so that what one of them reads or says is no business of the others. */
function kindFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(allKinds).map(([name, value]) => [
      `kinds/${name}.nix`,
      `{ self, inputs, text, drv }: ${value.replaceAll(/(?<![.\w])\.\//g, "../")}\n`,
    ]),
  );
}

const files = {
  "README.md": "A fleet.\n",
  "modules/default.nix": "{ all = import ./two.nix; }\n",
  "modules/one.nix": "{ one = 1; }\n",
  "modules/two.nix": "{ two = 2; three = (import ./one.nix).one or 3; }\n",
  "modules/set/p.nix": "1\n",
  "modules/set/q.nix": "2\n",
  "data/a.txt": "a\n",
  "data/b.txt": "b\n",
  "data/values.json": '{ "value": 1 }\n',
  "data/script.sh": "#!/bin/sh\n",
  "data/list/x": "x\n",
  "data/list/y": "y\n",
  "data/list/sub/z": "z\n",
  "data/other/x": "other x\n",
};

/** Makes the fleet in a directory. */
export async function makeFleet(root: string, context: NixContext): Promise<TestFleet> {
  const at = (name: string): string => join(root, name);
  const names = ["leaf", "plain", "middle", "deep", "stub", "nested"] as const;
  const inputs = Object.fromEntries(names.map((name) => [name, at(name)])) as Record<(typeof names)[number], string>;
  const fleet = {
    directory: at("fleet"),
    inputs,
    hosts: Object.keys(allKinds),
    context: { ...context, cwd: at("fleet") },
  };
  const leaf = (value: string): string => `{ outputs = { self }: { value = ${JSON.stringify(value)}; }; }\n`;
  await makeRepository(fleet, inputs.leaf, { "flake.nix": leaf("leaf") });
  await makeRepository(fleet, inputs.deep, { "flake.nix": leaf("deep") });
  await makeRepository(fleet, inputs.plain, { "data.txt": "plain\n" });
  const middle = `{ inputs.deep.url = "git+file://${inputs.deep}"; outputs = { self, deep }: { inherit deep; }; }\n`;
  await makeRepository(fleet, inputs.middle, { "flake.nix": middle });
  const stub = `{ inputs.root.url = "git+file://${inputs.deep}"; outputs = { self, root }: { inherit root; }; }\n`;
  await makeRepository(fleet, inputs.stub, { "flake.nix": stub });
  const nested = `{ inputs.stub.url = "git+file://${inputs.stub}"; outputs = { self, stub }: { inherit stub; value = "nested"; }; }\n`;
  await makeRepository(fleet, inputs.nested, { "flake.nix": nested });
  await writeFiles(fleet.directory, { ...files, ...kindFiles(), "flake.nix": flakeNix(inputs) });
  await symlink("a.txt", join(fleet.directory, "data/link"));
  await symlink("list", join(fleet.directory, "data/dirlink"));
  await git(fleet, fleet.directory, "init", "-q");
  await git(fleet, fleet.directory, "add", "-A");
  await nix(fleet, ["flake", "lock"]);
  await commit(fleet, fleet.directory, "first");
  return fleet;
}

async function makeRepository(
  fleet: Pick<TestFleet, "context">,
  directory: string,
  content: Readonly<Record<string, string>>,
): Promise<void> {
  await writeFiles(directory, content);
  await git(fleet, directory, "init", "-q");
  await commit(fleet, directory, "first");
}

/** Commits all there is, or nothing. */
export async function commit(fleet: Pick<TestFleet, "context">, directory: string, message: string): Promise<void> {
  await git(fleet, directory, "add", "-A");
  await git(fleet, directory, "commit", "-q", "--allow-empty", "-m", message);
}

/** Runs git in a repository. */
export async function git(
  { context }: Pick<TestFleet, "context">,
  directory: string,
  ...words: readonly string[]
): Promise<void> {
  const identity = ["-c", "user.name=Alice", "-c", "user.email=alice@example.org"];
  checked("git", await runProcess("git", [...identity, ...words], { cwd: directory, env: context.env }));
}

/** Runs nix in the fleet. */
export async function nix(
  { context, directory }: Pick<TestFleet, "context" | "directory">,
  words: readonly string[],
): Promise<string> {
  const { env } = context;
  return checked("nix", await runProcess(context.nix ?? "nix", [...nixFlags, ...words], { cwd: directory, env }))
    .stdout;
}

/** What makes nix know flakes. */
export const nixFlags: readonly string[] = ["--extra-experimental-features", "nix-command flakes"];

function checked(what: string, result: ProcessResult): ProcessResult {
  if (result.exitCode === 0) return result;
  throw new FlurryError("FLURRY_PROCESS_FAILED", `${what} failed`, { details: result.stderr });
}

async function writeFiles(directory: string, content: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(content)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
}
