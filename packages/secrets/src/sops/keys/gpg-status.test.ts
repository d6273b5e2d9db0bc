import { expect, it } from "vitest";

import { gpgVerdict } from "./gpg-status.ts";

const encTo = "[GNUPG:] ENC_TO 0123456789ABCDEF 18 0";

it.each([
  ["no-key", "its key is not there", [encTo, "[GNUPG:] NO_SECKEY 0123456789ABCDEF", "[GNUPG:] DECRYPTION_FAILED"]],
  [
    "locked",
    "there is no pinentry",
    [
      encTo,
      "gpg: Entschlüsselung mit Public-Key-Verfahren fehlgeschlagen: Kein Pinentry",
      "[GNUPG:] ERROR pkdecrypt_failed 67108949",
      "[GNUPG:] DECRYPTION_FAILED",
      "gpg: Entschlüsselung fehlgeschlagen: Kein geheimer Schlüssel",
    ],
  ],
  [
    "locked",
    "one key is locked and another not there",
    ["[GNUPG:] NO_SECKEY 0", "[GNUPG:] ERROR pkdecrypt_failed 83886179"],
  ],
  ["failed", "the message is damaged", [encTo, "[GNUPG:] ERROR pkdecrypt_failed 16777305"]],
  ["failed", "the message is none", ["[GNUPG:] NODATA 1", "gpg: no valid OpenPGP data found."]],
  ["no-key", "another program says so", ["gpg: decryption failed: No secret key"]],
  ["failed", "another program fails", ["killed"]],
])("%s: %s", (kind, _, lines) => {
  const { said, ...verdict } = gpgVerdict(lines.join("\n"));
  expect(verdict).toEqual({ kind });
  expect(said).not.toContain("[GNUPG:]");
});
