import { createPrivateKey, createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { FlurryError } from "@flurry/core";
import { base64urlnopad } from "@scure/base";
import * as z from "zod";

import { parseSshPublicKeyBlob } from "./ssh-public-key.ts";
import { sshMpint, sshStrings } from "./ssh-wire.ts";

/**
 * An SSH private key with no passphrase on it any more. Plain data, so that it can be handed to a worker thread;
 * never log it.
 */
export type SshSecretKey =
  | {
      readonly kind: "ssh-ed25519";
      /** The public key in SSH's wire form. */
      readonly blob: Uint8Array;
      /** 32 bytes. */
      readonly seed: Uint8Array;
    }
  | {
      readonly kind: "ssh-rsa";
      /** The public key in SSH's wire form. */
      readonly blob: Uint8Array;
      /** The private key as PKCS#8, DER. */
      readonly pkcs8: Uint8Array;
    };

const rsaNumbers = z.object({ n: z.string(), e: z.string() });
const edwardsNumbers = z.object({ crv: z.literal("Ed25519"), x: z.string(), d: z.string() });

/**
 * Reads a private key in one of the older formats that ssh-keygen writes with `-m PEM` and `-m PKCS8`.
 *
 * @throws FlurryError FLURRY_SSH_KEY_INVALID, FLURRY_SSH_KEY_UNSUPPORTED, FLURRY_SSH_KEY_PASSPHRASE_WRONG
 */
export function readPemSecretKey(pem: string, passphrase: string | undefined): SshSecretKey {
  const key = openPem(pem, passphrase);
  switch (key.asymmetricKeyType) {
    case "rsa": {
      const { n, e } = rsaNumbers.parse(createPublicKey(key).export({ format: "jwk" }));
      const blob = sshStrings("ssh-rsa", sshMpint(base64urlnopad.decode(e)), sshMpint(base64urlnopad.decode(n)));
      parseSshPublicKeyBlob(blob); // its size and exponent
      return { kind: "ssh-rsa", blob, pkcs8: new Uint8Array(key.export({ format: "der", type: "pkcs8" })) };
    }
    case "ed25519": {
      const { x, d } = edwardsNumbers.parse(key.export({ format: "jwk" }));
      const blob = sshStrings("ssh-ed25519", base64urlnopad.decode(x));
      return { kind: "ssh-ed25519", blob, seed: base64urlnopad.decode(d) };
    }
    default:
      throw new FlurryError("FLURRY_SSH_KEY_UNSUPPORTED", "age cannot use private keys of this type", {
        hint: "Use an ed25519 or RSA key (ssh-keygen -t ed25519).",
      });
  }
}

/** Whether a PEM private key has a passphrase on it. */
export function isEncryptedPem(pem: string): boolean {
  return pem.includes("-----BEGIN ENCRYPTED PRIVATE KEY-----") || /^Proc-Type: *4,ENCRYPTED\s*$/m.test(pem);
}

function openPem(pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: "pem", ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // OpenSSL's errors tell nothing that a user could act on, and differ between its versions.
    if (isEncryptedPem(pem))
      throw new FlurryError(
        "FLURRY_SSH_KEY_PASSPHRASE_WRONG",
        "The passphrase of the private key is wrong, or the key is damaged",
      );
    throw new FlurryError("FLURRY_SSH_KEY_INVALID", "The private key cannot be read", {
      hint: "ssh-keygen -y -f FILE shows whether OpenSSH can read it.",
    });
  }
}
