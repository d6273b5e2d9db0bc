import type { OpensshAnswers } from "./answers.ts";
import type { JumpPool } from "./jump-pool.ts";

/** What decides about a host key that no file knows: refuse it, or accept it once and remember it. */
export type HostKeyPolicy = "strict" | "accept-new";

/** What a caller knows of a host. Everything that is not said here comes from the user's OpenSSH configuration. */
export interface SshTarget {
  /** What errors call the host. */
  readonly name: string;
  /** Host names, `Host` aliases of the OpenSSH configuration, IPv4 or IPv6 addresses; tried in this order. */
  readonly addresses: readonly string[];
  /** Default: what the OpenSSH configuration says, else the local user. */
  readonly user?: string;
  /** Default: what the OpenSSH configuration says, else 22. */
  readonly port?: number;
  /** Files with private keys, or with public keys whose private half an agent holds; tried before the configured ones. */
  readonly identityFiles?: readonly string[];
  /** Public host keys ("ssh-ed25519 AAAA…"). When there are any, only these are right, whatever known_hosts says. */
  readonly hostKeys?: readonly string[];
  /** Default: `StrictHostKeyChecking` of the OpenSSH configuration; its "ask" is strict, since nobody is asked. */
  readonly hostKeyPolicy?: HostKeyPolicy;
  /** Jump hosts as `ssh -J` takes them: `[user@]host[:port]`, several separated by commas. */
  readonly jump?: string;
  /** More words for the command line of `ssh`: `["-p", "2222"]`, `["-o", "Compression=yes"]`. */
  readonly sshOptions?: readonly string[];
}

/** The surroundings of a connection: the same for every host of a run. */
export interface SshContext {
  /** Read instead of the user's and the system's OpenSSH configuration, as by `ssh -F`. */
  readonly configFile?: string;
  /** Environment of every program that is started, and where SSH_AUTH_SOCK is looked up. */
  readonly env: NodeJS.ProcessEnv;
  /** What relative file names start from. Default: the working directory of the process. */
  readonly cwd?: string;
  /** Milliseconds that each address gets until its session is ready. Default: `ConnectTimeout`, else 15 seconds. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds between two signs of life, three of which may be missed. Default: `ServerAliveInterval`, else 15 seconds. */
  readonly keepaliveMs?: number;
  /** Keeps what `ssh -G` and `ssh-keygen -F` answer, so that a run asks them once. Default: they are asked each time. */
  readonly answers?: OpensshAnswers;
  /** Shares one connection to each jump host among all hosts behind it. Default: each host gets one of its own. */
  readonly jumps?: JumpPool;
}
