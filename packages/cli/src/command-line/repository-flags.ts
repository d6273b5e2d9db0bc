import type { FlagParametersForType } from "@stricli/core";

import { globalFlags, switchFlag, wordFlag, wordsFlag } from "./global-flags.ts";
import type { GlobalFlags } from "./global-flags.ts";
import { wholeNumber } from "./nix-flags.ts";
import type { CommandScope } from "./scope.ts";

/** Flags of `flurry init`. */
export interface InitFlags extends GlobalFlags {
  readonly from?: string;
  readonly host?: readonly string[];
  readonly nixpkgs?: string;
  readonly input?: readonly string[];
  readonly description?: string;
  readonly system?: string;
  readonly sshUser?: string;
  readonly sshKey?: readonly string[];
  readonly secrets?: "sops" | "agenix" | "none";
  readonly admin?: readonly string[];
  readonly timeZone?: string;
  readonly noLock?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Flags of `flurry render`. */
export interface RenderFlags extends GlobalFlags {
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly dryRun?: boolean;
  readonly adopt?: readonly string[];
  readonly force?: readonly string[];
}

/** How stricli reads {@link RenderFlags}. */
export const renderFlags: FlagParametersForType<RenderFlags, CommandScope> = {
  ...globalFlags,
  check: switchFlag("End with 1 when a file is not up to date"),
  diff: switchFlag("Show how each file changes"),
  dryRun: switchFlag("Show what would be written"),
  adopt: wordsFlag("Generate this hand-written file from now on"),
  force: wordsFlag("Write over the edits in this generated file"),
};

/** How stricli reads {@link InitFlags}. */
export const initFlags: FlagParametersForType<InitFlags, CommandScope> = {
  ...globalFlags,
  from: wordFlag("Describe the flake that is there"),
  host: wordsFlag("A host of the fleet as name=address"),
  nixpkgs: wordFlag("The flake reference of nixpkgs"),
  input: wordsFlag("A further input of the flake as NAME=REFERENCE"),
  description: wordFlag("What the fleet is, in one line"),
  system: wordFlag("The Nix system of the hosts"),
  sshUser: wordFlag("Who logs in to deploy"),
  sshKey: wordsFlag("A public ssh key that may log in"),
  secrets: { kind: "enum", values: ["sops", "agenix", "none"], optional: true, brief: "How secrets are kept" },
  admin: wordsFlag("Who may read all secrets, as NAME=KEY"),
  timeZone: wordFlag("The time zone of the hosts"),
  noLock: switchFlag("Do not look up and pin the inputs of the flake"),
  force: switchFlag("Write into a directory that is not empty"),
  dryRun: switchFlag("List what would be written"),
};

/** Flags of `flurry host`. */
export interface HostFlags extends GlobalFlags {
  readonly address?: readonly string[];
  readonly tag?: readonly string[];
  readonly module?: readonly string[];
  readonly system?: string;
  readonly sshUser?: string;
  readonly port?: number;
  readonly jump?: string;
  readonly key?: string;
  readonly scan?: boolean;
  readonly offline?: boolean;
  readonly noRekey?: boolean;
  readonly dryRun?: boolean;
}

/** How stricli reads {@link HostFlags}. */
export const hostFlags: FlagParametersForType<HostFlags, CommandScope> = {
  ...globalFlags,
  address: wordsFlag("Where ssh finds the host"),
  tag: wordsFlag("A tag of the host"),
  module: wordsFlag("A module that the host imports"),
  system: wordFlag("The Nix system of the host"),
  sshUser: wordFlag("Who logs in to deploy"),
  port: { kind: "parsed", optional: true, parse: wholeNumber(1), brief: "The ssh port of the host" },
  jump: wordFlag("The way there, through other hosts"),
  key: wordFlag("The public ssh key of the host"),
  scan: switchFlag("The host's key has to be fetched from it"),
  offline: switchFlag("Do not connect to the host"),
  noRekey: switchFlag("Leave files of secrets as they are"),
  dryRun: switchFlag("Show what would be written"),
};
