interface HealthCheckBase {
  /** How long the check is repeated until it passes, in milliseconds; after that it has failed. */
  readonly timeoutMs: number;
}

/** systemd units that must be active on the host. */
export interface UnitCheck extends HealthCheckBase {
  readonly kind: "unit";
  /** Full unit names, for example `nginx.service`; at least one. */
  readonly units: readonly string[];
}

/** A shell command that must end with exit status 0 on the host. */
export interface CommandCheck extends HealthCheckBase {
  readonly kind: "command";
  /** The command line, run as the deploying user by `sh` on the host. */
  readonly command: string;
}

/** A web address that must answer with the expected status. */
export interface HttpCheck extends HealthCheckBase {
  readonly kind: "http";
  /** An `http:` or `https:` URL without user and password. */
  readonly url: string;
  /** The HTTP status that means healthy. */
  readonly expectStatus: number;
  /** Which machine asks. */
  readonly from: "deployer" | "host";
}

/** A TCP port that must accept connections from the deployer. */
export interface TcpCheck extends HealthCheckBase {
  readonly kind: "tcp";
  /** The machine to connect to; absent means the host itself, at the address it is deployed by. */
  readonly host?: string;
  readonly port: number;
}

/** Something that must hold on the new system before it is confirmed. */
export type HealthCheck = UnitCheck | CommandCheck | HttpCheck | TcpCheck;

/** How long a health check is repeated where it does not say otherwise. */
export const defaultHealthTimeoutMs = 60_000;
