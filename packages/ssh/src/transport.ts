import type { SharedConnection } from "./shared-connection.ts";
import type { SshContext, SshTarget } from "./target.ts";

/** How to run a command on a host; see {@link SshSession.exec}. */
export interface ExecOptions {
  /** Given to the command as its standard input, which is then closed. Without it the command reads an empty one. */
  readonly stdin?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Milliseconds until the command is given up and its channel closed. Default: 10 minutes. */
  readonly timeoutMs?: number;
  /** Called with each line of standard output as it comes; the output is then not collected. */
  readonly onStdoutLine?: (line: string) => void;
  /** Called with each line of standard error as it comes. */
  readonly onStderrLine?: (line: string) => void;
  /** Bytes kept of each stream. More standard output is an error, of standard error the end is kept. Default: 64 MiB. */
  readonly maxOutputBytes?: number;
}

/** How a command on a host ended. */
export interface ExecResult {
  /** The exit code; null when a signal ended the command. */
  readonly exitCode: number | null;
  /** The signal that ended the command, such as "SIGKILL". */
  readonly signal?: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a connection is shared for; see {@link SshSession.share}. */
export interface ShareOptions {
  /** Some: commands and a few megabytes. Bulk: so much that this process should not have it in its hands. Default: some. */
  readonly load?: "some" | "bulk";
  readonly signal?: AbortSignal;
}

/** One authenticated connection to a host. Disposing of it closes it and everything that it was reached through. */
export interface SshSession extends AsyncDisposable {
  /** The address of the target that answered. */
  readonly address: string;
  /** Resolves when the connection has ended, whoever ended it. Never rejects. */
  readonly closed: Promise<void>;
  /**
   * Runs a command line in the login shell of the user. A command that ends with an error is a result, no exception.
   * Calls may overlap; the session queues what the host would refuse.
   *
   * @throws FlurryError FLURRY_SSH_CONNECTION_LOST when the connection broke or the command's end stayed unknown,
   * FLURRY_SSH_CHANNEL_REFUSED, FLURRY_TIMEOUT, FLURRY_ABORTED (or the signal's own FlurryError), FLURRY_OUTPUT_TOO_LARGE
   */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /**
   * Lets programs that start `ssh`, such as Nix, run commands over this connection instead of one of their own. Once it
   * breaks, so do theirs. For a load that would keep this process busy it is another connection, which OpenSSH holds, over
   * the one to the jump host that such connections of the run share.
   */
  share(options?: ShareOptions): Promise<SharedConnection>;
}

/** How to connect; see {@link SshTransport.connect}. */
export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds for all addresses together. Default: what the addresses may take one by one. */
  readonly timeoutMs?: number;
}

/** A way to get sessions. Every implementation opens a fresh connection and checks the host's key. */
export interface SshTransport {
  connect(target: SshTarget, context: SshContext, options?: ConnectOptions): Promise<SshSession>;
}
