import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { join } from "node:path";

import { tempDir } from "@flurry/core";

import type { CommandChannel } from "./command-channel.ts";
import { FieldReader, FrameReader, mux, muxFrame, muxVersion } from "./mux-messages.ts";
import { ProxiedChannel } from "./proxied-channel.ts";
import { socketParent } from "./socket-parent.ts";

/** A place at which programs that start `ssh` come in to a connection that is there already. */
export interface SharedConnection extends AsyncDisposable {
  /** A control socket, which only we can open: an `ssh` that uses it asks nothing of the network. */
  readonly socket: string;
  /**
   * How `ssh` uses it: "proxy" where this process is the master and passes messages on (`ssh -O proxy`), "files" where an
   * OpenSSH is, which takes the client's open files and carries the data itself.
   */
  readonly mode: "proxy" | "files";
}

/**
 * Lets OpenSSH's clients run commands over a connection of ours, as a control master would. They are clients of its proxy
 * mode (OpenSSH 7.4 and later), which passes messages; the other one passes open files, which Node cannot take.
 *
 * @param open - opens the channel of a command on the connection
 */
export async function shareConnection(open: (command: string) => Promise<CommandChannel>): Promise<SharedConnection> {
  const directory = await tempDir("flurry-ssh", socketParent());
  const socket = join(directory.path, "s");
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.once("close", () => clients.delete(client));
    serve(client, open);
  });
  const end = async (): Promise<void> => {
    for (const client of clients) client.destroy();
    await closed(server);
    await directory[Symbol.asyncDispose]();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(socket, resolve);
    });
  } catch (error) {
    await end();
    throw error;
  }
  return { socket, mode: "proxy", [Symbol.asyncDispose]: end };
}

/** Speaks with one client until either side has had enough. */
function serve(client: Socket, open: (command: string) => Promise<CommandChannel>): void {
  const frames = new FrameReader();
  let greeted = false;
  let channel: ProxiedChannel | undefined;
  const take = (payload: Buffer): void => {
    if (channel !== undefined) return channel.take(payload);
    const fields = new FieldReader(payload);
    const type = fields.number();
    if (!greeted && type === mux.hello) {
      greeted = true;
      return;
    }
    const request = fields.number();
    if (!greeted || type !== mux.proxy) {
      client.end(muxFrame(mux.failure, request, "only proxy mode is served here"));
      return;
    }
    channel = new ProxiedChannel({ open, send: (frame) => client.write(frame), end: () => client.end() });
    client.write(muxFrame(mux.isProxy, request));
  };
  client.on("error", () => {});
  client.once("close", () => channel?.close());
  client.on("data", (chunk: Buffer) => {
    try {
      for (const payload of frames.push(chunk)) take(payload);
    } catch {
      // It speaks something else.
      client.destroy();
    }
  });
  client.write(muxFrame(mux.hello, muxVersion));
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}
