import type { Emit } from "@flurry/core";
import type {
  DeployRequest,
  ExecRequest,
  HostExecResult,
  HostStatus,
  RunContext,
  RunReport,
  StatusRequest,
} from "@flurry/deploy";
import type { FlakeOutline, LockedFlake, NixContext, NixPool } from "@flurry/nix";

/** What the commands stand on. They get it from their context, so that a test can put something else in its place. */
export interface Services {
  readonly lockFlake: (ref: string, context: NixContext, options: { signal: AbortSignal }) => Promise<LockedFlake>;
  readonly describeFlake: (
    flake: LockedFlake,
    context: NixContext,
    options: { signal: AbortSignal },
  ) => Promise<FlakeOutline>;
  readonly openPool: (options: { context: NixContext; emit: Emit }) => NixPool;
  readonly linkOutput: (link: string, outPath: string, options: LinkOptions) => Promise<void>;
  readonly deployFleet: (request: DeployRequest, context: RunContext) => Promise<RunReport>;
  readonly fleetStatus: (request: StatusRequest, context: RunContext) => Promise<readonly HostStatus[]>;
  readonly execOnHosts: (request: ExecRequest, context: RunContext) => Promise<readonly HostExecResult[]>;
}

/** Where and for how long a link to an output is made. */
export interface LinkOptions {
  readonly nix: NixContext;
  readonly signal: AbortSignal;
}
