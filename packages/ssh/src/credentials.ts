import type { AnyAuthMethod } from "ssh2";

import { listAgentKeys } from "./agent.ts";
import type { AgentKey } from "./agent.ts";
import { readIdentityFile } from "./identity-file.ts";
import type { Identity } from "./identity-file.ts";
import type { ResolvedSshOptions } from "./options.ts";
import { fingerprint } from "./public-key.ts";
import type { PublicKey } from "./public-key.ts";

/** A key to offer to a host. */
export interface Credential {
  /** "SHA256:… (agent, joe@laptop)": how errors call it. */
  readonly label: string;
  readonly method: AnyAuthMethod;
}

/** What there is to authenticate with. */
export interface Credentials {
  /** In the order in which they are offered. */
  readonly offers: readonly Credential[];
  /** Why some file or the agent gives nothing to offer, a sentence each. */
  readonly notes: readonly string[];
}

type Wanted = Pick<ResolvedSshOptions, "identityFiles" | "identityAgent" | "identitiesOnly" | "user">;

/** Reads the identity files and asks the agent. What cannot be used becomes a note, no exception. */
export async function gatherCredentials(options: Wanted): Promise<Credentials> {
  const [identities, agent] = await Promise.all([
    Promise.all(options.identityFiles.map(readIdentityFile)),
    askAgent(options.identityAgent),
  ]);
  return orderCredentials({ ...options, identities, agentKeys: agent.keys, agentNotes: agent.notes });
}

async function askAgent(socket: string | undefined): Promise<{ keys: readonly AgentKey[]; notes: readonly string[] }> {
  if (socket === undefined) return { keys: [], notes: [] };
  try {
    return { keys: await listAgentKeys(socket), notes: [] };
  } catch {
    return { keys: [], notes: [`The agent at ${socket} does not answer.`] };
  }
}

/** The material of {@link orderCredentials}. */
export interface CredentialMaterial extends Pick<Wanted, "identitiesOnly" | "user"> {
  readonly identities: readonly Identity[];
  readonly agentKeys: readonly AgentKey[];
  readonly agentNotes: readonly string[];
}

/**
 * OpenSSH's order (`man ssh_config`, IdentitiesOnly and IdentityAgent): keys of the agent that an identity file names,
 * the agent's other keys, keys that only a file has.
 */
function orderCredentials(material: CredentialMaterial): Credentials {
  const { identities, agentKeys, identitiesOnly, user } = material;
  const named = identities.filter((identity) => identity.kind === "private" || identity.kind === "public");
  const inAgent = (key: PublicKey): AgentKey | undefined => agentKeys.find(({ publicKey }) => same(publicKey, key));
  const chosen = unique(named.flatMap(({ publicKey }) => inAgent(publicKey) ?? []));
  const others = identitiesOnly ? [] : agentKeys.filter((key) => !chosen.includes(key));
  const fromAgent = [...chosen, ...others].map(({ publicKey, comment, agent }): Credential => ({
    label: `${fingerprint(publicKey.blob)} (agent${comment === "" ? "" : `, ${comment}`})`,
    method: { type: "agent", username: user, agent },
  }));
  const fromFiles = named.flatMap((identity): Credential[] => {
    if (identity.kind !== "private" || inAgent(identity.publicKey) !== undefined) return [];
    const label = `${fingerprint(identity.publicKey.blob)} (${identity.file})`;
    return [{ label, method: { type: "publickey", username: user, key: identity.key } }];
  });
  return { offers: [...fromAgent, ...fromFiles], notes: [...material.agentNotes, ...notesOn(identities, inAgent)] };
}

function notesOn(
  identities: readonly Identity[],
  inAgent: (key: PublicKey) => AgentKey | undefined,
): readonly string[] {
  return identities.flatMap((identity) => {
    if (identity.kind === "unusable") return [`${identity.file} ${identity.why}.`];
    if (identity.kind !== "public" || inAgent(identity.publicKey) !== undefined) return [];
    return [`${identity.file} ${identity.why}, and no agent offers ${fingerprint(identity.publicKey.blob)}.`];
  });
}

function same(one: PublicKey, other: PublicKey): boolean {
  return one.blob.equals(other.blob);
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
