import type { Readable } from "node:stream";

import type { CommandChannel, CommandExit } from "./command-channel.ts";
import { FieldReader, message, messageFrame } from "./mux-messages.ts";

/** How much a client may send before we tell it that we have passed it on. */
const windowBytes = 2 * 1024 * 1024;
/** The largest piece of data in a message, of either side. */
const packetBytes = 32 * 1024;
/** What the client is told of once it is passed on. */
const adjustBytes = 256 * 1024;
/** The number of the one channel, on our side. */
const ours = 0;

/** What a channel needs of the socket that it goes over. */
export interface ProxiedChannelParts {
  readonly send: (frame: Buffer) => void;
  /** Opens the command's channel on the connection that is shared. */
  readonly open: (command: string) => Promise<CommandChannel>;
  /** Called when all is said. */
  readonly end: () => void;
}

/** A session channel of an SSH client that has no connection of its own: one command of a connection that is shared. */
export class ProxiedChannel {
  readonly #parts: ProxiedChannelParts;
  #theirs: number | undefined;
  #window = 0;
  #packetBytes = packetBytes;
  #channel: CommandChannel | undefined;
  #isClosed = false;
  /** Input that came before the command had begun; undefined stands for its end. */
  readonly #early: (Buffer | undefined)[] = [];
  #unacknowledged = 0;
  /** Output that the client has no room for yet. */
  readonly #held: { readonly type: number; readonly data: Buffer }[] = [];
  #onDrained = (): void => {};

  constructor(parts: ProxiedChannelParts) {
    this.#parts = parts;
  }

  /**
   * Takes a message of the client.
   *
   * @throws RangeError for one that is not well-formed
   */
  take(payload: Buffer): void {
    const fields = new FieldReader(payload);
    fields.byte();
    const type = fields.byte();
    switch (type) {
      case message.globalRequest:
        fields.text();
        if (fields.flag()) this.#parts.send(messageFrame(message.requestFailure));
        return;
      case message.channelOpen:
        return this.#openFor(fields);
      case message.channelRequest:
        return this.#request(fields);
    }
    // All that is left begins with the channel's number, and there is only one.
    fields.number();
    if (type === message.data) this.#input(fields.bytes());
    else if (type === message.eof) this.#input(undefined);
    else if (type === message.windowAdjust) this.#grow(fields.number());
    else if (type === message.close) this.close();
  }

  /** Gives the command up, if it still runs. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#channel?.close();
    this.#onDrained();
    this.#parts.end();
  }

  #openFor(fields: FieldReader): void {
    const type = fields.text();
    const [theirs, window, most] = [fields.number(), fields.number(), fields.number()];
    if (type !== "session" || this.#theirs !== undefined) {
      this.#parts.send(messageFrame(message.openFailure, theirs, 1, "only one command at a time", ""));
      return;
    }
    this.#theirs = theirs;
    this.#window = window;
    this.#packetBytes = Math.min(packetBytes, Math.max(1, most));
    this.#parts.send(messageFrame(message.openConfirmation, theirs, ours, windowBytes, packetBytes));
  }

  #request(fields: FieldReader): void {
    fields.number();
    const [type, wantsReply] = [fields.text(), fields.flag()];
    const answer = (reply: number): void => {
      if (wantsReply) this.#tell(reply);
    };
    // A variable for the command is lost, as on a host that accepts none.
    if (type !== "exec" || this.#channel !== undefined) answer(message.channelFailure);
    else void this.#run(fields.text(), answer);
  }

  async #run(command: string, answer: (reply: number) => void): Promise<void> {
    let channel: CommandChannel;
    try {
      channel = await this.#parts.open(command);
    } catch {
      answer(message.channelFailure);
      this.#tell(message.close);
      return;
    }
    if (this.#isClosed) return channel.close();
    this.#channel = channel;
    answer(message.channelSuccess);
    // A command may end without reading its input.
    channel.stdin.on("error", () => {});
    // The channel may have ended while there is output that nobody has taken.
    const read = Promise.all([
      this.#follow(channel.stdout, message.data),
      this.#follow(channel.stderr, message.extendedData),
    ]);
    for (const data of this.#early.splice(0)) this.#input(data);
    const exit = await channel.ended;
    await read;
    await this.#finish(exit);
  }

  /** The end of the command, behind all of its output. */
  async #finish(exit: CommandExit | undefined): Promise<void> {
    if (this.#held.length > 0 && !this.#isClosed)
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve;
      });
    if (this.#isClosed) return;
    this.#tell(message.eof);
    if (exit !== undefined && exit.exitCode !== null)
      this.#tell(message.channelRequest, "exit-status", false, exit.exitCode);
    else if (exit !== undefined)
      this.#tell(message.channelRequest, "exit-signal", false, (exit.signal ?? "SIGKILL").slice(3), false, "", "");
    this.#tell(message.close);
    // The client writes out what it has and leaves; without its connection it would leave at once.
    this.#isClosed = true;
  }

  #input(data: Buffer | undefined): void {
    const stdin = this.#channel?.stdin;
    if (stdin === undefined) this.#early.push(data);
    else if (data === undefined) stdin.end();
    else stdin.write(data, () => this.#acknowledge(data.length));
  }

  #acknowledge(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < adjustBytes || this.#isClosed) return;
    this.#tell(message.windowAdjust, this.#unacknowledged);
    this.#unacknowledged = 0;
  }

  async #follow(stream: Readable, type: number): Promise<void> {
    stream.on("error", () => {});
    stream.on("data", (data: Buffer) => {
      this.#held.push({ type, data });
      this.#pump();
      if (this.#held.length > 0) stream.pause();
    });
    await new Promise<void>((resolve) => {
      stream.once("end", resolve);
    });
  }

  #grow(bytes: number): void {
    this.#window += bytes;
    this.#pump();
    if (this.#held.length > 0) return;
    this.#channel?.stdout.resume();
    this.#channel?.stderr.resume();
    this.#onDrained();
  }

  /** Sends what the client has room for. */
  #pump(): void {
    for (let next = this.#held[0]; next !== undefined && this.#window > 0; next = this.#held[0]) {
      const data = next.data.subarray(0, Math.min(this.#packetBytes, this.#window));
      this.#window -= data.length;
      const kind = next.type === message.extendedData ? [1] : [];
      this.#tell(next.type, ...kind, data);
      const rest = next.data.subarray(data.length);
      if (rest.length === 0) this.#held.shift();
      else this.#held[0] = { type: next.type, data: rest };
    }
  }

  #tell(type: number, ...fields: readonly (number | boolean | string | Buffer)[]): void {
    if (this.#theirs !== undefined) this.#parts.send(messageFrame(type, this.#theirs, ...fields));
  }
}
