import type { Complaint } from "../complaint.ts";
import { checkPublicKey } from "./host-key.ts";

/**
 * Why a text cannot be the public key of someone who reads secrets, or undefined if it can: an age recipient
 * (`age1…`, also of plugins), an ssh public key or a PGP fingerprint. The text is never part of the answer,
 * since it may be a private key by mistake.
 */
export function checkRecipient(key: string): Complaint | undefined {
  if (/AGE-SECRET-KEY-|AGE-PLUGIN-|PRIVATE KEY/i.test(key)) {
    return {
      message: "this is a private key",
      hint: "give the public key (age1...), and replace the private one: it has leaked",
    };
  }
  if (/^age1[a-z0-9-]{20,}$/.test(key)) return undefined;
  if (/^(?:[0-9A-F]{40}|[0-9a-f]{40})$/.test(key.replaceAll(" ", ""))) return undefined;
  if (/^(?:ssh-|ecdsa-|sk-)/.test(key)) return checkPublicKey(key);
  return {
    message: "this is no public key that secrets can be encrypted to",
    hint: "give an age recipient (age1...), an ssh public key or a PGP fingerprint of 40 digits",
  };
}
