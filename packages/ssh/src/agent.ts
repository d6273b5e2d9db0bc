import ssh2, { BaseAgent } from "ssh2";
import type { OpenSSHAgent, ParsedKey, SignCallback, SigningRequestOptions } from "ssh2";

import type { PublicKey } from "./public-key.ts";
import { keyType } from "./public-key.ts";

/** A key that an agent holds. */
export interface AgentKey {
  readonly publicKey: PublicKey;
  readonly comment: string;
  /** An agent that knows only this key, so that keys can be offered one by one and in our order. */
  readonly agent: BaseAgent<ParsedKey>;
}

/**
 * Asks an agent for its keys. Those of types that cannot be used here (certificates, security tokens) are left out.
 *
 * @param socket - the path of its UNIX socket
 */
export async function listAgentKeys(socket: string): Promise<readonly AgentKey[]> {
  const agent = new ssh2.OpenSSHAgent(socket);
  const keys = await new Promise<readonly ParsedKey[]>((resolve, reject) => {
    agent.getIdentities((error, found) => {
      if (error === undefined || error === null) resolve((found ?? []).filter((key) => "getPublicSSH" in key));
      else reject(error);
    });
  });
  return keys.map((key) => {
    const blob = key.getPublicSSH();
    return {
      publicKey: { type: keyType(blob) ?? key.type, blob },
      comment: key.comment,
      agent: new OneKeyAgent(agent, key),
    };
  });
}

class OneKeyAgent extends BaseAgent<ParsedKey> {
  readonly #agent: OpenSSHAgent;
  readonly #key: ParsedKey;

  constructor(agent: OpenSSHAgent, key: ParsedKey) {
    super();
    this.#agent = agent;
    this.#key = key;
  }

  getIdentities(callback: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    callback(null, [this.#key]);
  }

  sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
    if (typeof options === "function") this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, callback);
  }
}
