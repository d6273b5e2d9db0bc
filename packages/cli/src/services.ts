import type { Emit, ProcessResult, RunProcessOptions } from "@flurry/core";
import type {
  CollectRequest,
  CollectResult,
  DeployRequest,
  ExecRequest,
  HostExecResult,
  HostPlan,
  HostStatus,
  PlanRequest,
  ResumeRequest,
  RollbackMove,
  RollbackReport,
  RollbackRequest,
  RunContext,
  RunReport,
  StatusRequest,
  UploadKeysRequest,
  UploadKeysResult,
} from "@flurry/deploy";
import type { FlakeOutline, LockedFlake, NixContext, NixPool, NixVersion, Recorder } from "@flurry/nix";
import type { FetchedHostKey, SshContext, SshTarget, TransportChoice } from "@flurry/ssh";

/** What the commands stand on. They get it from their context, so that a test can put something else in its place. */
export interface Services {
  readonly lockFlake: (ref: string, context: NixContext, options: { signal: AbortSignal }) => Promise<LockedFlake>;
  readonly describeFlake: (
    flake: LockedFlake,
    context: NixContext,
    options: { signal: AbortSignal; wantsHive?: boolean },
  ) => Promise<FlakeOutline>;
  /** Writes what the flake.lock in a directory lacks. */
  readonly completeLockFile: (
    directory: string,
    context: NixContext,
    options: { signal: AbortSignal },
  ) => Promise<void>;
  /** Writes the flake.lock in a directory anew with later versions of inputs; none means all of them. */
  readonly updateLockFile: (
    directory: string,
    inputs: readonly string[],
    context: NixContext,
    options: { signal: AbortSignal },
  ) => Promise<void>;
  readonly openPool: (options: { context: NixContext; emit: Emit; concurrency?: number }) => NixPool;
  readonly nixVersion: (context: NixContext, options: { signal: AbortSignal }) => Promise<NixVersion>;
  readonly findRecorder: (context: NixContext, options: { signal: AbortSignal }) => Promise<Recorder>;
  /** Compiles a recorder by a flake's nixpkgs, for this machine. */
  readonly buildRecorder: (
    flake: LockedFlake,
    context: NixContext,
    options: { signal: AbortSignal },
  ) => Promise<Recorder>;
  readonly runProcess: (file: string, args: readonly string[], options: RunProcessOptions) => Promise<ProcessResult>;
  readonly fetchHostKey: (
    target: SshTarget,
    context: SshContext,
    options: { signal: AbortSignal },
  ) => Promise<FetchedHostKey>;
  /** Which transport a connection would take, and why; nothing is connected. */
  readonly transportFor: (
    target: SshTarget,
    context: SshContext,
    options: { signal: AbortSignal },
  ) => Promise<TransportChoice>;
  /** Runs one command line on a host and gives what it printed, whatever its exit code. */
  readonly askHost: (
    target: SshTarget,
    command: string,
    context: SshContext,
    options: { signal: AbortSignal },
  ) => Promise<string>;
  readonly machine: () => Machine;
  readonly linkOutput: (link: string, outPath: string, options: LinkOptions) => Promise<void>;
  readonly deployFleet: (request: DeployRequest, context: RunContext) => Promise<RunReport>;
  readonly planFleet: (request: PlanRequest, context: RunContext) => Promise<readonly HostPlan[]>;
  readonly planRollback: (
    request: Pick<RollbackRequest, "hosts" | "to">,
    context: RunContext,
  ) => Promise<readonly RollbackMove[]>;
  readonly rollbackFleet: (request: RollbackRequest, context: RunContext) => Promise<RollbackReport>;
  readonly resumeFleet: (request: ResumeRequest, context: RunContext) => Promise<RunReport>;
  readonly collectFleet: (request: CollectRequest, context: RunContext) => Promise<readonly CollectResult[]>;
  readonly fleetStatus: (request: StatusRequest, context: RunContext) => Promise<readonly HostStatus[]>;
  readonly uploadFleetKeys: (request: UploadKeysRequest, context: RunContext) => Promise<readonly UploadKeysResult[]>;
  readonly execOnHosts: (request: ExecRequest, context: RunContext) => Promise<readonly HostExecResult[]>;
}

/** Where and for how long a link to an output is made. */
export interface LinkOptions {
  readonly nix: NixContext;
  readonly signal: AbortSignal;
}

/** What this machine has to offer. */
export interface Machine {
  readonly cores: number;
  /** Bytes that processes may still take, by the limits of a container too. */
  readonly freeMemoryBytes: number;
}
