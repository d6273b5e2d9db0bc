import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";

/** A new private key of age and the recipient that belongs to it. */
export interface NewIdentity {
  readonly secret: string;
  readonly recipient: string;
}

/**
 * Makes a private key.
 *
 * @param kind - `x25519`: `age1…`; `hybrid`: `age1pq1…`, which stands against quantum computers and which age reads from
 * 1.3 on and sops from 3.12 on
 */
export async function newIdentity(kind: "x25519" | "hybrid"): Promise<NewIdentity> {
  const secret = kind === "hybrid" ? await generateHybridIdentity() : await generateX25519Identity();
  return { secret, recipient: await identityToRecipient(secret) };
}

/** An identity file as age-keygen writes it. */
export function printIdentityFile({ secret, recipient }: NewIdentity, now: Date): string {
  const created = `${now.toISOString().slice(0, 19)}Z`;
  return `# created: ${created}\n# public key: ${recipient}\n${secret}\n`;
}
