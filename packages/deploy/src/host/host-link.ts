import { userInfo } from "node:os";

import { FlurryError, shellCommand } from "@flurry/core";
import type { Host } from "@flurry/schema";
import { resolveSshOptions } from "@flurry/ssh";
import type { ExecOptions, ExecResult, SshContext, SshSession, SshTarget } from "@flurry/ssh";

import { LocalSession } from "../local/local-session.ts";
import { answeringPlace, requireSshd } from "../local/operator-place.ts";
import type { Place } from "../local/operator-place.ts";
import { connectAny } from "./connect-any.ts";
import { nobodyToAsk, privilegeError } from "./privilege-error.ts";
import { parseReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import { checkOfPassword, withPassword } from "./sudo-password.ts";
import type { SudoPassword } from "./sudo-password.ts";
import { newTargets, sshTarget } from "./target.ts";

/** How a call to the host is made. */
export type CallOptions = Pick<ExecOptions, "stdin" | "signal" | "timeoutMs">;

/** What links need of the world. */
export interface LinkContext extends SshContext {
  /** Default: nobody can be asked. */
  readonly sudoPassword?: SudoPassword;
  /** The name of the host that is this very machine: it is deployed without ssh. Default: every host is another machine. */
  readonly localHost?: string;
}

function localOnly({ name }: Host): FlurryError {
  const message = "the host is deployed on itself only, and this machine is not it";
  const hint = `Run Flurry on ${name} itself, which has to be called that; or take deploy.local: only away from it.`;
  return new FlurryError("FLURRY_SSH_UNREACHABLE", message, { host: name, hint });
}

/** The way to one host: a session that is opened when it is needed and again after it broke. */
export class HostLink implements AsyncDisposable {
  readonly host: Host;
  readonly #context: LinkContext;
  #session: Promise<SshSession> | undefined;
  #target: SshTarget;
  #sshUser: string | undefined;
  #password: Promise<string> | undefined;
  #operator: Promise<Place | undefined> | undefined;

  constructor(host: Host, context: LinkContext) {
    this.host = host;
    this.#target = sshTarget(host);
    // A connection from before breaks without a word when the host takes another address.
    this.#context = host.deploy.confirmVia.length === 0 ? context : { ...context, keepaliveMs: 1000 };
  }

  /** Whether the host is this very machine. */
  get isLocal(): boolean {
    return this.#context.localHost === this.host.name;
  }

  /** How the host was reached last, or will be tried first. */
  get target(): SshTarget {
    return this.#target;
  }

  /** The open session, or a new one: where the host was before, or where the deployment takes it to. */
  async session(signal: AbortSignal): Promise<SshSession> {
    return await this.#open("anywhere", signal);
  }

  async #open(where: "anywhere" | "new place", signal: AbortSignal): Promise<SshSession> {
    if (this.#session === undefined) {
      const opening = this.#connect(where, signal);
      this.#session = opening;
      const forget = (): void => {
        if (this.#session === opening) this.#session = undefined;
      };
      opening.then((session) => session.closed.then(forget), forget);
    }
    return await this.#session;
  }

  async #connect(where: "anywhere" | "new place", signal: AbortSignal): Promise<SshSession> {
    if (this.isLocal) return await this.#local(where, signal);
    if (this.host.deploy.local === "only") throw localOnly(this.host);
    const places = await newTargets(this.host, this.#context, signal);
    const targets = where === "new place" && places.length > 0 ? places : [sshTarget(this.host), ...places];
    const { session, target } = await connectAny(targets, this.#context, signal);
    this.#target = target;
    return session;
  }

  /** Nothing can break on the way to this machine; what can be lost is the operator's own way to it. */
  async #local(where: "anywhere" | "new place", signal: AbortSignal): Promise<SshSession> {
    const { env } = this.#context;
    // A shell that outlived the login it was begun in tells a place that may be long gone.
    this.#operator ??= answeringPlace(env, signal);
    const place = await this.#operator;
    if (where === "new place" && place !== undefined) await requireSshd(place, signal);
    const { name, addresses } = this.host;
    return new LocalSession({ name, address: addresses[0] ?? "localhost", env });
  }

  /**
   * A connection that was not there before: the proof that the host can be reached as it is now, and where it is to be
   * found from now on. Of this very machine it is a new process, and an sshd where the operator came in by ssh.
   */
  async freshSession(signal: AbortSignal): Promise<SshSession> {
    await this.drop();
    return await this.#open("new place", signal);
  }

  /** Ends the open session, if there is one. */
  async drop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    await session.then(
      (open) => open[Symbol.asyncDispose](),
      () => {},
    );
  }

  /**
   * Runs a command as the deployment's user.
   *
   * @throws FlurryError of the ssh package, with the host's name
   */
  async run(words: readonly string[], options: ExecOptions & { readonly signal: AbortSignal }): Promise<ExecResult> {
    const session = await this.session(options.signal);
    const prefix = await this.privilegePrefix(session, options.signal);
    if (prefix.length > 0 && words[0]?.startsWith("-") === true)
      throw new FlurryError("FLURRY_USAGE", `${words[0]} is not a command: ${prefix[0]} would take it for an option`);
    try {
      if (prefix.length === 0 || !this.host.deploy.askSudoPassword)
        return await session.exec(shellCommand([...prefix, ...words]), options);
      const password = await this.#sudoPassword(session, options.signal);
      const { stdin } = options;
      const { command, ...input } = withPassword(this.host, words, {
        password,
        ...(stdin === undefined ? {} : { stdin }),
      });
      return await session.exec(command, { ...options, ...input });
    } catch (error) {
      // A session that once failed to answer is not worth asking again.
      if (FlurryError.is(error) && error.code !== "FLURRY_OUTPUT_TOO_LARGE") await this.drop();
      throw error;
    }
  }

  /**
   * Runs a verb of the supervisor and reads its reply.
   *
   * @throws FlurryError of the ssh package, FLURRY_SUDO_REFUSED, FLURRY_REMOTE_COMMAND_FAILED when the supervisor did not
   * run, or was killed before it had said all
   */
  async call(words: readonly string[], options: CallOptions & { readonly signal: AbortSignal }): Promise<Reply> {
    const result = await this.run(words, { timeoutMs: 60_000, ...options });
    const reply = parseReply(result.stdout);
    if (wasKilled(result) || (!reply.spoke && result.exitCode !== 0))
      throw privilegeError(this.host, result, this.isLocal ? "local" : "ssh");
    return reply;
  }

  /** The words that make a command run as the deployment's user: none where the ssh user is that user. */
  async privilegePrefix(session: SshSession, signal: AbortSignal): Promise<readonly string[]> {
    const { user, sudo } = this.host.deploy;
    return (await this.sshUser(session.address, signal)) === user ? [] : sudo;
  }

  /** The password for sudo, once it is known to be right here. */
  async #sudoPassword(session: SshSession, signal: AbortSignal): Promise<string> {
    this.#password ??= this.#askedPassword(session, signal);
    const asked = this.#password;
    return await asked.catch((error: unknown) => {
      this.#password = undefined;
      throw error;
    });
  }

  async #askedPassword(session: SshSession, signal: AbortSignal): Promise<string> {
    const { host } = this;
    const password = await this.#context.sudoPassword?.(host, signal);
    if (password === undefined) throw nobodyToAsk(host);
    const { command, stdin } = checkOfPassword(host, password);
    const result = await session.exec(command, { stdin, signal, timeoutMs: 30_000 });
    if (result.exitCode !== 0) throw privilegeError(host, result, this.isLocal ? "local" : "ssh");
    return password;
  }

  /** The user that ssh logs in as at an address; on this very machine the one that deploys. */
  async sshUser(address: string, signal: AbortSignal): Promise<string> {
    if (this.isLocal) return userInfo().username;
    this.#sshUser ??=
      this.target.user ?? (await resolveSshOptions(this.target, address, this.#context, { signal })).user;
    return this.#sshUser;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drop();
  }
}

/** Whether a signal ended a command: a shell and sudo tell it as more than 128, and OpenSSH as 255. */
function wasKilled({ exitCode }: ExecResult): boolean {
  return exitCode === null || exitCode > 128;
}
