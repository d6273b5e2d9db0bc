import { randomBytes, randomInt } from "node:crypto";

import { FlurryError } from "@flurry/core";
import { base64nopad } from "@scure/base";
import { Stanza } from "age-encryption";
import type { Identity } from "age-encryption";

import type { AgeStanza } from "./header.ts";
import type { LabelledRecipient, WrappedFileKey } from "./labels.ts";
import { connectPlugin } from "./plugin-connection.ts";
import type { PluginConnection, PluginProcessOptions } from "./plugin-connection.ts";
import { pluginOfIdentity, pluginOfRecipient } from "./plugin-name.ts";

/** What a plugin may ask of the person at the keyboard. What is not given is refused to the plugin. */
export interface PluginUi {
  /** Shows a line, for example "touch your token". */
  message?(plugin: string, text: string): void | Promise<void>;
  /** Asks for a text, such as a PIN; `undefined` when there is none to be had. */
  request?(plugin: string, prompt: string, kind: "secret" | "public"): Promise<string | undefined>;
  /** Asks to choose; `no` is absent when there is but one choice. `undefined` when nobody answers. */
  confirm?(
    plugin: string,
    prompt: string,
    choices: { readonly yes: string; readonly no?: string },
  ): Promise<boolean | undefined>;
}

/** Options of everything that runs plugins. */
export interface PluginOptions extends PluginProcessOptions {
  readonly ui?: PluginUi | undefined;
}

/** Encrypts through `age-plugin-NAME`, for a recipient `age1NAME1…`. */
export class PluginRecipient implements LabelledRecipient {
  readonly plugin: string;
  readonly #add: { readonly command: "add-recipient" | "add-identity"; readonly text: string };
  readonly #options: PluginOptions;

  /**
   * @param text - a recipient (`age1NAME1…`), or an identity (`AGE-PLUGIN-NAME-1…`) to encrypt to its own holder
   * @throws FlurryError FLURRY_AGE_RECIPIENT_INVALID, FLURRY_AGE_IDENTITY_INVALID
   */
  constructor(text: string, options: PluginOptions = {}) {
    const isIdentity = text.startsWith("AGE-PLUGIN-");
    const plugin = isIdentity ? pluginOfIdentity(text) : pluginOfRecipient(text);
    if (plugin === undefined)
      throw new FlurryError("FLURRY_AGE_RECIPIENT_INVALID", "This recipient belongs to no plugin");
    this.plugin = plugin;
    this.#add = { command: isIdentity ? "add-identity" : "add-recipient", text };
    this.#options = options;
  }

  async wrapFileKey(fileKey: Uint8Array): Promise<Stanza[]> {
    return [...(await this.wrapWithLabels(fileKey)).stanzas];
  }

  async wrapWithLabels(fileKey: Uint8Array): Promise<WrappedFileKey> {
    await using connection = connectPlugin(this.plugin, "recipient-v1", this.#options);
    connection.send(this.#add.command, [this.#add.text]);
    sendGrease(connection);
    connection.send("wrap-file-key", [], fileKey);
    connection.send("extension-labels");
    connection.send("done");
    const stanzas: Stanza[] = [];
    let labels: readonly string[] | undefined;
    for (;;) {
      const answer = await connection.receive();
      switch (answer.type) {
        case "recipient-stanza": {
          const [index, type, ...args] = answer.args;
          if (index !== "0" || type === undefined) throw broken(this.plugin, "a stanza for a file that was not given");
          stanzas.push(new Stanza([type, ...args], answer.body));
          connection.send("ok");
          break;
        }
        case "labels":
          if (labels !== undefined) throw broken(this.plugin, "labels twice");
          labels = answer.args;
          connection.send("ok");
          break;
        case "done":
          if (stanzas.length === 0) throw broken(this.plugin, "no stanza at all");
          return { stanzas, labels: labels ?? [] };
        default:
          await answerRequest(connection, answer, { plugin: this.plugin, ui: this.#options.ui });
      }
    }
  }
}

/** Decrypts through `age-plugin-NAME`, for an identity `AGE-PLUGIN-NAME-1…`. */
export class PluginIdentity implements Identity {
  readonly plugin: string;
  readonly #text: string;
  readonly #options: PluginOptions;

  /** @throws FlurryError FLURRY_AGE_IDENTITY_INVALID */
  constructor(text: string, options: PluginOptions = {}) {
    this.plugin = pluginOfIdentity(text);
    this.#text = text;
    this.#options = options;
  }

  async unwrapFileKey(stanzas: Stanza[]): Promise<Uint8Array | null> {
    await using connection = connectPlugin(this.plugin, "identity-v1", this.#options);
    connection.send("add-identity", [this.#text]);
    sendGrease(connection);
    for (const { args, body } of stanzas) connection.send("recipient-stanza", ["0", ...args], body);
    connection.send("done");
    let fileKey: Uint8Array | null = null;
    for (;;) {
      const answer = await connection.receive();
      switch (answer.type) {
        case "file-key":
          if (answer.args.length !== 1 || answer.args[0] !== "0" || fileKey !== null)
            throw broken(this.plugin, "a file key that was not asked for");
          if (answer.body.length !== 16) throw broken(this.plugin, "a file key of the wrong length");
          fileKey = answer.body;
          connection.send("ok");
          break;
        case "done":
          return fileKey;
        default:
          await answerRequest(connection, answer, { plugin: this.plugin, ui: this.#options.ui });
      }
    }
  }
}

interface RequestContext {
  readonly plugin: string;
  readonly ui: PluginUi | undefined;
}

/** What is sent back for a request: a command, its arguments and its body. */
interface Reply {
  readonly command: "ok" | "fail" | "unsupported";
  readonly args?: readonly string[];
  readonly body?: Uint8Array;
}

const refused: Reply = { command: "fail" };

async function answerRequest(connection: PluginConnection, request: AgeStanza, context: RequestContext): Promise<void> {
  const { command, args, body } = await replyTo(request, context);
  connection.send(command, args, body);
  if (request.type === "error")
    throw new FlurryError("FLURRY_AGE_PLUGIN_FAILED", `age-plugin-${context.plugin}: ${printable(request.body)}`);
}

async function replyTo(request: AgeStanza, { plugin, ui = {} }: RequestContext): Promise<Reply> {
  const text = printable(request.body);
  switch (request.type) {
    case "error":
      return { command: "ok" };
    case "msg":
      if (ui.message === undefined) return refused;
      await ui.message(plugin, text);
      return { command: "ok" };
    case "request-secret":
      return textReply(await ui.request?.(plugin, text, "secret"));
    case "request-public":
      return textReply(await ui.request?.(plugin, text, "public"));
    case "confirm": {
      const answer = await ui.confirm?.(plugin, text, choicesOf(request, plugin));
      return answer === undefined ? refused : { command: "ok", args: [answer ? "yes" : "no"] };
    }
    default:
      return { command: "unsupported" };
  }
}

function textReply(answer: string | undefined): Reply {
  return answer === undefined ? refused : { command: "ok", body: Buffer.from(answer, "utf8") };
}

function choicesOf({ args }: AgeStanza, plugin: string): { readonly yes: string; readonly no?: string } {
  const [yes, no, ...more] = args.map((choice) => decodeChoice(choice, plugin));
  if (yes === undefined || more.length > 0) throw broken(plugin, "a question without choices");
  return no === undefined ? { yes } : { yes, no };
}

/** Unknown commands must be ignored; sending some keeps plugins honest. */
function sendGrease(connection: PluginConnection): void {
  if (randomInt(3) > 0) connection.send(`grease-${randomBytes(8).toString("hex")}`, [], randomBytes(randomInt(100)));
}

function decodeChoice(encoded: string, plugin: string): string {
  try {
    return printable(base64nopad.decode(encoded));
  } catch {
    throw broken(plugin, "a question whose choices cannot be read");
  }
}

/** Text of a plugin that is fit for a terminal. */
function printable(body: Uint8Array): string {
  return Buffer.from(body.subarray(0, 2000))
    .toString("utf8")
    .replaceAll(/\p{Cc}/gu, " ")
    .trim();
}

function broken(plugin: string, what: string): FlurryError {
  return new FlurryError("FLURRY_AGE_PLUGIN_FAILED", `age-plugin-${plugin} broke the plugin protocol: it sent ${what}`);
}
