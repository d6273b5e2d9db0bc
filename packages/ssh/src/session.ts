import { setMaxListeners } from "node:events";

import { deadline, FlurryError } from "@flurry/core";
import pRetry from "p-retry";

import { ChannelQueue } from "./channel-queue.ts";
import type { ChannelPlace } from "./channel-queue.ts";
import { ChannelRefusal, connectionLost, runOnChannel } from "./command-channel.ts";
import type { CommandBounds, CommandChannel, CommandConnection } from "./command-channel.ts";
import type { MasterConnection } from "./control-master.ts";
import { shareConnection } from "./shared-connection.ts";
import type { SharedConnection } from "./shared-connection.ts";
import type { ExecOptions, ExecResult, ShareOptions, SshSession } from "./transport.ts";

/** OpenSSH takes 10 channels unless told otherwise; two are left for others who share the connection's limits. */
const maxChannels = 8;

/** Whose session it is. */
export interface HostSessionSetup {
  /** What errors call the host. */
  readonly name: string;
  readonly address: string;
  readonly connection: CommandConnection;
  /** Opens a connection of OpenSSH's to the same place. */
  readonly openMaster: (signal: AbortSignal | undefined) => Promise<MasterConnection>;
}

/** A session over either transport. */
export class HostSession implements SshSession {
  readonly address: string;
  readonly closed: Promise<void>;
  readonly #name: string;
  readonly #connection: CommandConnection;
  readonly #openMaster: HostSessionSetup["openMaster"];
  readonly #queue = new ChannelQueue(maxChannels);
  readonly #lost = new AbortController();

  constructor({ name, address, connection, openMaster }: HostSessionSetup) {
    this.#name = name;
    this.address = address;
    this.#connection = connection;
    this.#openMaster = openMaster;
    setMaxListeners(0, this.#lost.signal);
    this.closed = this.#untilClosed();
  }

  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    if (command.includes("\0")) throw new RangeError("a command cannot hold a NUL byte");
    using limit = deadline(options.timeoutMs ?? 600_000, `a command on ${this.#name}`, options.signal);
    const bounds: CommandBounds = { name: this.#name, signal: limit.signal, lost: this.#lost.signal };
    try {
      const { place, channel } = await this.#open(command, bounds);
      using _ = place;
      return await runOnChannel(channel, options, bounds);
    } catch (error) {
      throw FlurryError.is(error) ? error.withHost(this.#name) : error;
    }
  }

  async share({ load = "some", signal }: ShareOptions = {}): Promise<SharedConnection> {
    const { socket } = this.#connection;
    if (socket !== undefined) return { socket, mode: "files", [Symbol.asyncDispose]: async () => {} };
    if (load === "some") return await this.#shareChannels();
    try {
      const master = await this.#openMaster(signal);
      return { socket: master.socket, mode: "files", [Symbol.asyncDispose]: () => master.close() };
    } catch (error) {
      if (signal?.aborted === true) throw error;
      // OpenSSH may have no way to log in where we have one; slower is better than not at all.
      return await this.#shareChannels();
    }
  }

  async #shareChannels(): Promise<SharedConnection> {
    const given = new AbortController();
    const bounds: CommandBounds = { name: this.#name, signal: given.signal, lost: this.#lost.signal };
    const shared = await shareConnection(async (command) => {
      const { place, channel } = await this.#open(command, bounds);
      void channel.ended.finally(() => place[Symbol.dispose]());
      return channel;
    });
    return {
      ...shared,
      [Symbol.asyncDispose]: async () => {
        given.abort();
        await shared[Symbol.asyncDispose]();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lost.abort(
      new FlurryError("FLURRY_ABORTED", `the session with ${this.#name} was closed`, { host: this.#name }),
    );
    await this.#connection.close();
  }

  async #untilClosed(): Promise<void> {
    const cause = await this.#connection.ended;
    // Channels that have ended with the connection get to say so first.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    this.#lost.abort(connectionLost(this.#name, cause).withHost(this.#name));
    // What the connection went through has no use any more.
    await this.#connection.close();
  }

  /** Opens a channel, and waits for a better moment when the host refuses one. */
  async #open(command: string, bounds: CommandBounds): Promise<{ place: ChannelPlace; channel: CommandChannel }> {
    const open = (): Promise<{ place: ChannelPlace; channel: CommandChannel }> => this.#tryToOpen(command, bounds);
    try {
      return await pRetry(open, {
        retries: 5,
        minTimeout: 50,
        maxTimeout: 1000,
        signal: AbortSignal.any([bounds.signal, bounds.lost]),
        shouldRetry: ({ error }) => error instanceof ChannelRefusal,
        // While others are open there will be a place; alone, a refusal is about us.
        shouldConsumeRetry: () => this.#queue.open === 0,
      });
    } catch (error) {
      if (!(error instanceof ChannelRefusal)) throw error;
      throw new FlurryError("FLURRY_SSH_CHANNEL_REFUSED", `${this.#name} opens no session: ${error.message}`, {
        cause: error,
        hint: "See MaxSessions and ForceCommand in the host's sshd_config, and its log.",
      });
    }
  }

  async #tryToOpen(command: string, bounds: CommandBounds): Promise<{ place: ChannelPlace; channel: CommandChannel }> {
    const place = await this.#queue.take(AbortSignal.any([bounds.signal, bounds.lost]));
    try {
      const channel = await this.#connection.open(command, bounds);
      place.opened();
      return { place, channel };
    } catch (error) {
      if (error instanceof ChannelRefusal) this.#queue.narrow();
      place[Symbol.dispose]();
      throw error;
    }
  }
}
