import { buildApplication, buildCommand, buildRouteMap, text_en } from "@stricli/core";
import type { Application } from "@stricli/core";

import { withHeadStart } from "../run/head-start.ts";
import { checkFlags, importFlags } from "./check-flags.ts";
import type { CheckFlags, ImportFlags } from "./check-flags.ts";
import {
  buildFlags,
  deployFlags,
  doctorFlags,
  evalFlags,
  execFlags,
  inputsFlags,
  planFlags,
  statusFlags,
  sudoersFlags,
} from "./command-flags.ts";
import type {
  BuildFlags,
  DeployFlags,
  DoctorFlags,
  EvalFlags,
  ExecFlags,
  PlanFlags,
  InputsFlags,
  StatusFlags,
  SudoersFlags,
} from "./command-flags.ts";
import { gcFlags, resumeFlags, rollbackFlags, runsFlags } from "./command-flags.ts";
import type { GcFlags, ResumeFlags, RollbackFlags, RunsFlags } from "./command-flags.ts";
import { globalAliases, word } from "./global-flags.ts";
import { uploadKeysFlags } from "./key-flags.ts";
import type { UploadKeysFlags } from "./key-flags.ts";
import { repositoryRoutes } from "./repository-routes.ts";
import type { CommandScope } from "./scope.ts";
import { secretsRoutes } from "./secrets-routes.ts";
import { shellRoutes } from "./shell-routes.ts";

type Words = readonly string[];

const selectors = {
  kind: "array",
  parameter: { brief: "Which hosts", placeholder: "SEL", parse: word },
} as const;

const routes = {
  deploy: buildCommand<DeployFlags, Words, CommandScope>({
    loader: withHeadStart<DeployFlags>(async () => (await import("../commands/deploy.ts")).deploy),
    parameters: { flags: deployFlags, aliases: { ...globalAliases, p: "parallel" }, positional: selectors },
    docs: { brief: "Evaluate, build, copy and activate" },
  }),
  plan: buildCommand<PlanFlags, Words, CommandScope>({
    loader: withHeadStart<PlanFlags>(async () => (await import("../commands/plan.ts")).plan),
    parameters: { flags: planFlags, aliases: { ...globalAliases, p: "parallel" }, positional: selectors },
    docs: { brief: "What a deployment would do" },
  }),
  build: buildCommand<BuildFlags, Words, CommandScope>({
    loader: withHeadStart<BuildFlags>(async () => (await import("../commands/build.ts")).build),
    parameters: { flags: buildFlags, aliases: globalAliases, positional: selectors },
    docs: { brief: "Build the systems of hosts" },
  }),
  eval: buildCommand<EvalFlags, Words, CommandScope>({
    loader: withHeadStart<EvalFlags>(async () => (await import("../commands/eval.ts")).evaluate),
    parameters: { flags: evalFlags, aliases: globalAliases, positional: selectors },
    docs: { brief: "Evaluate the systems of hosts" },
  }),
  status: buildCommand<StatusFlags, Words, CommandScope>({
    loader: async () => (await import("../commands/status.ts")).status,
    parameters: { flags: statusFlags, aliases: { ...globalAliases, p: "parallel" }, positional: selectors },
    docs: { brief: "What hosts run against what they should" },
  }),
  rollback: buildCommand<RollbackFlags, Words, CommandScope>({
    loader: async () => (await import("../commands/rollback.ts")).rollback,
    parameters: { flags: rollbackFlags, aliases: { ...globalAliases, p: "parallel" }, positional: selectors },
    docs: { brief: "Take hosts back to an earlier generation" },
  }),
  runs: buildCommand<RunsFlags, Words, CommandScope>({
    loader: async () => (await import("../commands/runs.ts")).runs,
    parameters: { flags: runsFlags, aliases: { ...globalAliases, n: "limit" }, positional: selectors },
    docs: { brief: "What earlier runs came to" },
  }),
  resume: buildCommand<ResumeFlags, Words, CommandScope>({
    loader: async () => (await import("../commands/resume.ts")).resume,
    parameters: { flags: resumeFlags, aliases: { ...globalAliases, p: "parallel" }, positional: selectors },
    docs: { brief: "Go on with a run that was broken off" },
  }),
  gc: buildCommand<GcFlags, Words, CommandScope>({
    loader: async () => (await import("../commands/gc.ts")).gc,
    parameters: { flags: gcFlags, aliases: { ...globalAliases, p: "parallel" }, positional: selectors },
    docs: { brief: "Delete old generations and collect garbage" },
  }),
  "upload-keys": buildCommand<UploadKeysFlags, Words, CommandScope>({
    loader: async () => (await import("../commands/upload-keys.ts")).uploadKeys,
    parameters: { flags: uploadKeysFlags, aliases: { ...globalAliases, p: "parallel" }, positional: selectors },
    docs: { brief: "Bring hosts their keys without an activation" },
  }),
  exec: buildCommand<ExecFlags, Words, CommandScope>({
    loader: async () => (await import("../commands/exec.ts")).exec,
    parameters: { flags: execFlags, aliases: { ...globalAliases, p: "parallel" }, positional: selectors },
    docs: { brief: "Run a command on hosts" },
  }),
  import: buildCommand<ImportFlags, Words, CommandScope>({
    loader: async () => (await import("../commands/import.ts")).importHosts,
    parameters: {
      flags: importFlags,
      aliases: globalAliases,
      positional: { kind: "array", parameter: { brief: "From what, and the file", placeholder: "WORD", parse: word } },
    },
    docs: { brief: "Hosts of another tool, into the fleet file" },
  }),
  check: buildCommand<CheckFlags, Words, CommandScope>({
    loader: async () => (await import("../commands/check.ts")).check,
    parameters: { flags: checkFlags, aliases: globalAliases, positional: selectors },
    docs: { brief: "What is wrong with the fleet's repository" },
  }),
  inputs: buildCommand<InputsFlags, Words, CommandScope>({
    loader: async () => (await import("../commands/inputs.ts")).inputs,
    parameters: {
      flags: inputsFlags,
      aliases: globalAliases,
      positional: { kind: "array", parameter: { brief: "What to do", placeholder: "ACTION", parse: word } },
    },
    docs: { brief: "What the flake pins, and what an update changes" },
  }),
  ...repositoryRoutes,
  doctor: buildCommand<DoctorFlags, [], CommandScope>({
    loader: async () => (await import("../commands/doctor.ts")).doctor,
    parameters: { flags: doctorFlags, aliases: globalAliases },
    docs: { brief: "What Flurry needs of this machine" },
  }),
  sudoers: buildCommand<SudoersFlags, Words, CommandScope>({
    loader: async () => (await import("../commands/sudoers.ts")).sudoers,
    parameters: {
      flags: sudoersFlags,
      aliases: globalAliases,
      positional: { kind: "array", parameter: { brief: "The user", placeholder: "USER", parse: word } },
    },
    docs: { brief: "The rule for a user who deploys without a password" },
  }),
  ...shellRoutes,
  secrets: buildRouteMap({ routes: secretsRoutes, docs: { brief: "Files of secrets: SOPS and age" } }),
};

/** The name of a command. */
export type CommandName = keyof typeof routes;

/** Every command, in the order of the help. */
export const commandNames = Object.keys(routes) as readonly CommandName[];

/** True for the name of a command. */
export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(routes, text);
}

/** Takes what went wrong before a command ran, or an exception that it did not handle. */
export type OnProblem = (kind: "usage" | "crash", exception: unknown) => void;

/** The grammar of Flurry's command line. */
export function flurryApplication(onProblem: OnProblem): Application<CommandScope> {
  const told = (kind: "usage" | "crash") => (exception: unknown) => {
    onProblem(kind, exception);
    return "";
  };
  return buildApplication(
    buildRouteMap({ routes, docs: { brief: "Deploy and manage a fleet of NixOS machines" } }),
    {
      name: "flurry",
      scanner: { caseStyle: "allow-kebab-for-camel" },
      documentation: { disableAnsiColor: true },
      localization: {
        text: {
          ...text_en,
          exceptionWhileParsingArguments: told("usage"),
          exceptionWhileLoadingCommandFunction: told("crash"),
          exceptionWhileLoadingCommandContext: told("crash"),
          exceptionWhileRunningCommand: told("crash"),
          commandErrorResult: told("crash"),
        },
      },
    },
    // Help and version are written by hand and answered before the parser is loaded.
    {},
  );
}
