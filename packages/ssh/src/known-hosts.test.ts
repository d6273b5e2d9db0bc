import { expect, it } from "vitest";

import { parseFoundLines } from "./known-hosts.ts";
import { fingerprint, parsePublicKey, readPublicKey } from "./public-key.ts";

const base64 = "AAAAC3NzaC1lZDI1NTE5AAAAILqpfnHi25b3nzjcy6720wux8ikjfjC4M4qrJa7kyECf";
const line = `ssh-ed25519 ${base64}`;

it("reads what `ssh-keygen -F` finds", () => {
  const output = `# Host nas found: line 2 
nas,10.0.0.5 ${line} joe@laptop
# Host nas found: line 3 REVOKED
@revoked * ${line}
# Host nas found: line 14 CA
@cert-authority *.example ${line}
# Host nas found: line 15 
|1|c2FsdA==|aGFzaA== ${line}
# Host nas found: line 16 
nas ssh-ed25519 garbage
# Host nas found: line 17 
nas ssh-rsa ${base64}
# Host nas found: line 18 
@unheard-of nas ${line}
`;
  const key = parsePublicKey(line);
  expect(parseFoundLines(output, "/kh")).toEqual([
    { marker: "plain", key, file: "/kh", line: 2 },
    { marker: "revoked", key, file: "/kh", line: 3 },
    { marker: "cert-authority", key, file: "/kh", line: 14 },
    { marker: "plain", key, file: "/kh", line: 15 },
  ]);
});

it.each([
  ["ssh-ed25519", "AAAA"],
  ["ssh-rsa", base64],
  ["ssh-ed25519", `${base64.slice(0, -1)}!`],
  ["ssh-ed25519", Buffer.from("\0\0\0\u000Bssh-ed25519", "latin1").toString("base64")],
  ["", ""],
])("takes %j %j for no key", (type, text) => {
  expect(readPublicKey(type, text)).toBeUndefined();
});

it("prints fingerprints as ssh-keygen does", () => {
  // `ssh-keygen -lf` of this line.
  expect(fingerprint(parsePublicKey(line).blob)).toBe("SHA256:/ib8nLb2VFIJXfZTY7x6GAyL52DpujmJKVLgNri0Rdw");
});
