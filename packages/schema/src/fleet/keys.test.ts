import { describe, expect, it } from "vitest";

import { checkPublicKey, normalizePublicKey } from "./host-key.ts";
import { checkRecipient } from "./recipient.ts";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJiTz2NUHR9jmNsbCIVFOGGhFKTPEQ+Xw4PE3NK8pjX1";

describe("keys", () => {
  it.each([key, `${key} root@nas`, ` ${key}\n`])("%j is an ssh public key", (line) => {
    expect(checkPublicKey(line)).toBeUndefined();
    expect(normalizePublicKey(line)).toBe(key);
  });

  it.each([
    "",
    "nas ssh-ed25519 AAAA",
    key.replace("ssh-ed25519", "ssh-rsa"),
    key.slice(0, 30),
    `${key}\n${key}`,
    "ssh-ed25519 !!!!",
    "ssh-ed25519",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
  ])("%j is none", (line) => expect(checkPublicKey(line)?.hint).toBeDefined());

  it.each([
    "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
    "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t",
    key,
    "0123456789ABCDEF0123456789ABCDEF01234567",
    "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567",
  ])("%s can read secrets", (text) => expect(checkRecipient(text)).toBeUndefined());

  it.each(["", "alice", "age1…", "age1", "AGE-SECRET-KEY-1XYZ", "0123", "ssh-ed25519 AAAA"])(
    "%j cannot read secrets",
    (text) => {
      expect(checkRecipient(text)?.hint).toBeDefined();
    },
  );

  it("never repeats a key, which may be a private one", () => {
    const complaint = { ...checkRecipient("hunter2"), ...checkPublicKey("hunter2") };
    expect(JSON.stringify(complaint)).not.toContain("hunter2");
  });
});
