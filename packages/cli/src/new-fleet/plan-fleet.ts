import { basename } from "node:path";

import { FlurryError } from "@flurry/core";
import { scaffoldFleet } from "@flurry/render";
import type { ScaffoldFile, ScaffoldOptions } from "@flurry/render";
import { parseFleetYaml } from "@flurry/schema";
import type { Fleet } from "@flurry/schema";

import type { InitFlags } from "../command-line/repository-flags.ts";
import { releaseOf, stableRelease } from "./default-nixpkgs.ts";
import { exampleHosts, parseHostWords } from "./parse-host-words.ts";
import { authorizedKeys, ownAgeKeys, owner, parseAdminWords } from "./public-keys.ts";

/** What a new fleet's options depend on beside the flags. */
export interface NewFleetPlace {
  /** Where the fleet is to be. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly operator: string;
  readonly now: Date;
  readonly version: string;
}

/**
 * The options of a new fleet: what the flags say, and what suits where they say nothing.
 *
 * @throws FlurryError FLURRY_USAGE
 */
export async function newFleetOptions(flags: InitFlags, place: NewFleetPlace): Promise<ScaffoldOptions> {
  const stable = stableRelease(place.now);
  const nixpkgs = flags.nixpkgs ?? stable.nixpkgs;
  const name = packageName(basename(place.directory));
  const secrets = await secretsOf(flags, place);
  const named = (flags.input ?? []).map(parseInput);
  return {
    name,
    description: flags.description ?? `The fleet ${name}`,
    nixpkgs,
    stateVersion: releaseOf(nixpkgs) ?? stable.version,
    inputs: named,
    system: flags.system ?? "x86_64-linux",
    sshUser: flags.sshUser ?? "root",
    hosts: parseHostWords(flags.host === undefined || flags.host.length === 0 ? exampleHosts : flags.host),
    authorizedKeys: await authorizedKeys(flags.sshKey ?? [], place),
    secrets,
    timeZone: flags.timeZone ?? "UTC",
    versions: { flurry: `^${place.version}`, turbo: "^2.5.0", packageManager: packageManager(place.env) },
  };
}

async function secretsOf(flags: InitFlags, place: NewFleetPlace): Promise<ScaffoldOptions["secrets"]> {
  if (flags.secrets === "none") return { backend: "none" };
  const given = parseAdminWords(flags.admin ?? [], place.operator);
  const own = given.length > 0 ? [] : await ownAgeKeys(place);
  const admins = [...given, ...own.slice(0, 1).map((key) => ({ name: owner(place.operator), key }))];
  if (admins.length > 0) return { backend: flags.secrets ?? "sops", admins };
  if (flags.secrets === undefined) return { backend: "none" };
  throw new FlurryError("FLURRY_USAGE", `--secrets ${flags.secrets} needs someone who can read them`, {
    hint: "give your public key: --admin you=age1…; flurry secrets keygen makes one",
  });
}

/** `name=flake reference` */
function parseInput(word: string): { readonly name: string; readonly url: string } {
  const equals = word.indexOf("=");
  if (equals > 0 && equals < word.length - 1) return { name: word.slice(0, equals), url: word.slice(equals + 1) };
  throw new FlurryError("FLURRY_USAGE", `--input ${word}: it takes NAME=REFERENCE`, {
    hint: "for example --input nixos-hardware=github:NixOS/nixos-hardware",
  });
}

/** What npm takes as the name of a package. */
function packageName(directory: string): string {
  const name = directory
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "");
  return name === "" || name.length > 100 ? "fleet" : name;
}

/** The package manager that runs this, as package.json names it. turbo insists on one. */
function packageManager(env: NodeJS.ProcessEnv): string {
  const [, name, version] = /^(npm|pnpm|yarn|bun)\/(\d+\.\d+\.\d+)/.exec(env["npm_config_user_agent"] ?? "") ?? [];
  return name === undefined || version === undefined ? "npm@10.9.2" : `${name}@${version}`;
}

/** A new fleet: what is written, and the fleet that its fleet.yaml describes. */
export interface NewFleet {
  readonly files: readonly ScaffoldFile[];
  readonly fleet: Fleet;
}

/**
 * All files of a new fleet but the generated ones.
 *
 * @throws FlurryError FLURRY_USAGE when an answer makes a fleet file with mistakes
 */
export function planNewFleet(options: ScaffoldOptions): NewFleet {
  const files = scaffoldFleet(options);
  const text = files.find(({ path }) => path === "fleet.yaml")?.content ?? "";
  const read = parseFleetYaml(text, { file: "fleet.yaml" });
  if (read.ok) return { files, fleet: read.value };
  const [issue] = read.issues;
  const hint = issue?.hint === undefined ? {} : { hint: issue.hint };
  throw new FlurryError("FLURRY_USAGE", `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a fleet"}`, hint);
}
