import type { Goal } from "@flurry/deploy";
import type { FlagParametersForType } from "@stricli/core";

import { buildOnFlag } from "./build-on-flag.ts";
import type { BuildOnFlag } from "./build-on-flag.ts";
import { evaluationFlags } from "./evaluation-flags.ts";
import type { EvaluationFlags } from "./evaluation-flags.ts";
import { globalFlags, switchFlag, wordFlag } from "./global-flags.ts";
import type { GlobalFlags } from "./global-flags.ts";
import { noKeysFlag } from "./key-flags.ts";
import type { NoKeysFlag } from "./key-flags.ts";
import { localFlag } from "./local-flag.ts";
import type { LocalFlag } from "./local-flag.ts";
import { nixFlags } from "./nix-flags.ts";
import type { NixFlags } from "./nix-flags.ts";
import { prometheusFlag } from "./prometheus-flag.ts";
import type { PrometheusFlag } from "./prometheus-flag.ts";
import type { CommandScope } from "./scope.ts";
import { ageFlag, durationFlag, parallelFlag, truthFlag } from "./value-flags.ts";

/** Flags of every command that asks Nix for the systems of hosts. */
interface SystemFlags extends GlobalFlags, NixFlags, Omit<EvaluationFlags, "verify"> {}

/** Flags of `flurry eval`. */
export interface EvalFlags extends SystemFlags, EvaluationFlags {
  readonly stats?: boolean;
  readonly changed?: boolean;
  readonly since?: string;
}

/** Flags of `flurry build`. */
export interface BuildFlags extends SystemFlags, BuildOnFlag {
  readonly outLink?: boolean;
  readonly push?: string;
}

/** Flags of `flurry deploy`. */
export interface DeployFlags extends SystemFlags, BuildOnFlag, LocalFlag, NoKeysFlag, PrometheusFlag {
  readonly goal?: Goal;
  readonly boot?: boolean;
  readonly dryActivate?: boolean;
  readonly dryRun?: boolean;
  readonly plan?: string;
  readonly changed?: boolean;
  readonly since?: string;
  readonly unreachable?: "fail" | "skip";
  readonly parallel?: number;
  readonly reboot?: boolean;
  readonly forceReboot?: boolean;
  readonly rebootTimeout?: number;
  readonly confirmTimeout?: number;
  readonly activationTimeout?: number;
  readonly magicRollback?: "true" | "false";
  readonly autoRollback?: "true" | "false";
  readonly forceReplaceUnknownProfiles?: boolean;
  readonly noSecretsCheck?: boolean;
}

/** Flags of `flurry plan`. */
export interface PlanFlags extends SystemFlags, LocalFlag {
  readonly goal?: "switch" | "boot" | "test";
  readonly boot?: boolean;
  readonly build?: boolean;
  readonly copy?: boolean;
  readonly noUnits?: boolean;
  readonly noSecretsCheck?: boolean;
  readonly markdown?: boolean;
  readonly out?: string;
  readonly changed?: boolean;
  readonly since?: string;
  readonly parallel?: number;
}

/** Flags of `flurry status`. */
export interface StatusFlags extends SystemFlags, LocalFlag {
  readonly noEval?: boolean;
  readonly prometheus?: string;
  readonly parallel?: number;
}

/** Flags of `flurry exec`. */
export interface ExecFlags extends GlobalFlags, LocalFlag {
  readonly sudo?: boolean;
  readonly group?: boolean;
  readonly parallel?: number;
  readonly timeout?: number;
}

/** Flags of `flurry rollback`. */
export interface RollbackFlags extends GlobalFlags, LocalFlag, PrometheusFlag {
  readonly to?: string;
  readonly profile?: string;
  readonly dryRun?: boolean;
  readonly parallel?: number;
}

/** Flags of `flurry runs`. */
export interface RunsFlags extends GlobalFlags, PrometheusFlag {
  readonly limit?: number;
}

/** Flags of `flurry resume`. */
export interface ResumeFlags extends SystemFlags, PrometheusFlag {
  readonly noSecretsCheck?: boolean;
  readonly dryRun?: boolean;
  readonly parallel?: number;
}

/** Flags of `flurry gc`. */
export interface GcFlags extends GlobalFlags, LocalFlag {
  readonly keep?: number;
  readonly olderThan?: number;
  readonly dryRun?: boolean;
  readonly parallel?: number;
  readonly timeout?: number;
}

/** Flags of `flurry doctor`. */
export interface DoctorFlags extends GlobalFlags {
  readonly buildRecorder?: boolean;
}

/** Flags of `flurry sudoers`. */
export interface SudoersFlags extends GlobalFlags {
  readonly format?: "nix" | "sudoers" | "doas";
}

/** Flags of `flurry inputs`. */
export interface InputsFlags extends SystemFlags {
  readonly dryRun?: boolean;
  readonly commit?: boolean;
}

const systemFlags: FlagParametersForType<SystemFlags, CommandScope> = {
  ...globalFlags,
  ...nixFlags,
  ...evaluationFlags,
};

/** How stricli reads {@link EvalFlags}. */
export const evalFlags: FlagParametersForType<EvalFlags, CommandScope> = {
  ...systemFlags,
  verify: switchFlag("Prove what is remembered of each host"),
  stats: switchFlag("Tell why each host was evaluated and what it took"),
  changed: switchFlag("List the hosts that a change affects"),
  since: wordFlag("The revision to compare with"),
};

/** How stricli reads {@link BuildFlags}. */
export const buildFlags: FlagParametersForType<BuildFlags, CommandScope> = {
  ...systemFlags,
  ...buildOnFlag,
  outLink: switchFlag("Leave a link result-<host> to each system"),
  push: wordFlag("Copy each system to this store"),
};

/** How stricli reads {@link DeployFlags}. */
export const deployFlags: FlagParametersForType<DeployFlags, CommandScope> = {
  ...systemFlags,
  ...buildOnFlag,
  ...localFlag,
  ...noKeysFlag,
  ...prometheusFlag,
  goal: {
    kind: "enum",
    values: ["switch", "boot", "test", "dry-activate", "push", "build"],
    optional: true,
    brief: "What to do with the new system",
  },
  boot: switchFlag("The same as --goal boot"),
  dryActivate: switchFlag("The same as --goal dry-activate"),
  dryRun: switchFlag("Show which hosts would change and touch nothing"),
  plan: wordFlag("The plan to carry out"),
  changed: switchFlag("Only hosts that do not run what the flake says"),
  since: wordFlag("With --changed: only hosts that what changed since a revision affects"),
  unreachable: {
    kind: "enum",
    values: ["fail", "skip"],
    optional: true,
    brief: "What a host that cannot be reached means for the run",
  },
  parallel: parallelFlag("How many hosts to deploy at a time"),
  reboot: switchFlag("Reboot hosts that need it after they were deployed"),
  forceReboot: switchFlag("Reboot every host that was deployed"),
  rebootTimeout: durationFlag("--reboot-timeout", "How long a host may take to come back"),
  confirmTimeout: durationFlag("--confirm-timeout", "How long a host waits for the confirmation"),
  activationTimeout: durationFlag("--activation-timeout", "How long an activation may take"),
  magicRollback: truthFlag("Whether a host goes back that nobody can reach"),
  autoRollback: truthFlag("Whether a host goes back whose activation fails"),
  forceReplaceUnknownProfiles: switchFlag("Also hosts that are to be left alone because of what they run"),
  noSecretsCheck: switchFlag("Do not hold the secrets that hosts declare against their files"),
};

/** How stricli reads {@link PlanFlags}. */
export const planFlags: FlagParametersForType<PlanFlags, CommandScope> = {
  ...systemFlags,
  ...localFlag,
  goal: { kind: "enum", values: ["switch", "boot", "test"], optional: true, brief: "What the deployment would do" },
  boot: switchFlag("The same as --goal boot"),
  build: switchFlag("Build what is not built"),
  copy: switchFlag("Build, and copy to the hosts, so that they can say what happens to their units"),
  noUnits: switchFlag("Do not ask hosts what happens to their units"),
  noSecretsCheck: switchFlag("Do not hold the secrets that hosts declare against their files"),
  markdown: switchFlag("Print a comment for a pull request"),
  out: wordFlag("Where to keep the plan"),
  changed: switchFlag("Only hosts that do not run what the flake says"),
  since: wordFlag("With --changed: only hosts that what changed since a revision affects"),
  parallel: parallelFlag("How many hosts to look at at a time"),
};

/** How stricli reads {@link StatusFlags}. */
export const statusFlags: FlagParametersForType<StatusFlags, CommandScope> = {
  ...systemFlags,
  ...localFlag,
  noEval: switchFlag("Do not evaluate what the hosts should run"),
  prometheus: wordFlag("Write the result for node_exporter's textfile collector to this file as well"),
  parallel: parallelFlag("How many hosts to ask at a time"),
};

/** How stricli reads {@link ExecFlags}. */
export const execFlags: FlagParametersForType<ExecFlags, CommandScope> = {
  ...globalFlags,
  ...localFlag,
  sudo: switchFlag("Run the command as the deployment's user"),
  group: switchFlag("Print once what hosts have in common"),
  parallel: parallelFlag("How many hosts to run on at a time"),
  timeout: durationFlag("--timeout", "How long the command may take on a host"),
};

/** How stricli reads {@link RollbackFlags}. */
export const rollbackFlags: FlagParametersForType<RollbackFlags, CommandScope> = {
  ...globalFlags,
  ...localFlag,
  ...prometheusFlag,
  to: wordFlag("The generation or system to go back to"),
  profile: wordFlag("Take back this profile alone"),
  dryRun: switchFlag("Show what the hosts would go back to and touch nothing"),
  parallel: parallelFlag("How many hosts to take back at a time"),
};

/** How stricli reads {@link RunsFlags}. */
export const runsFlags: FlagParametersForType<RunsFlags, CommandScope> = {
  ...globalFlags,
  ...prometheusFlag,
  limit: parallelFlag("How many runs to list"),
};

/** How stricli reads {@link ResumeFlags}. */
export const resumeFlags: FlagParametersForType<ResumeFlags, CommandScope> = {
  ...systemFlags,
  ...prometheusFlag,
  dryRun: switchFlag("Show what is left to do and touch nothing"),
  noSecretsCheck: switchFlag("Do not hold the secrets that hosts declare against their files"),
  parallel: parallelFlag("How many hosts to deploy at a time"),
};

/** How stricli reads {@link GcFlags}. */
export const gcFlags: FlagParametersForType<GcFlags, CommandScope> = {
  ...globalFlags,
  ...localFlag,
  keep: parallelFlag("How many of the newest generations stay"),
  olderThan: ageFlag("--older-than", "Only delete generations that are older"),
  dryRun: switchFlag("Show what would be deleted and touch nothing"),
  parallel: parallelFlag("How many hosts to collect on at a time"),
  timeout: durationFlag("--timeout", "How long the collection may take on a host"),
};

/** How stricli reads {@link DoctorFlags}. */
export const doctorFlags: FlagParametersForType<DoctorFlags, CommandScope> = {
  ...globalFlags,
  buildRecorder: switchFlag("Compile the recorder by the flake's nixpkgs"),
};

/** How stricli reads {@link InputsFlags}. */
export const inputsFlags: FlagParametersForType<InputsFlags, CommandScope> = {
  ...systemFlags,
  dryRun: switchFlag("Show what an update changes and write nothing"),
  commit: switchFlag("Commit the lock file, with what changes as the message"),
};

/** How stricli reads {@link SudoersFlags}. */
export const sudoersFlags: FlagParametersForType<SudoersFlags, CommandScope> = {
  ...globalFlags,
  format: { kind: "enum", values: ["nix", "sudoers", "doas"], optional: true, brief: "What the rule is written for" },
};
