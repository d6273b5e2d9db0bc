#!/usr/bin/env node
// A plugin of age for tests: wraps a file key by XOR with its one-byte key. It protects nothing.
// The first byte of a recipient or identity is that key, the second says how to behave; see age-plugin.test.ts.
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const nextLine = async () => {
  const { value, done } = await lines.next();
  if (done) process.exit(3);
  return value;
};
const b64 = (bytes) => Buffer.from(bytes).toString("base64").replaceAll("=", "");
const send = (type, args = [], body = Buffer.alloc(0)) => {
  const encoded = b64(body);
  const full = encoded.match(/.{64}/g) ?? [];
  process.stdout.write(
    ["->", type, ...args].join(" ") +
      "\n" +
      full.map((line) => line + "\n").join("") +
      encoded.slice(full.length * 64) +
      "\n",
  );
};
const receive = async () => {
  const [, type, ...args] = (await nextLine()).split(" ");
  let body = "";
  for (;;) {
    const line = await nextLine();
    body += line;
    if (line.length < 64) return { type, args, body: Buffer.from(body, "base64") };
  }
};
const ask = async (...request) => {
  send(...request);
  return receive();
};
const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const data = (text) => {
  const values = Array.from(text.toLowerCase().split("1").at(-1).slice(0, -6), (c) => charset.indexOf(c));
  const bits = values.map((value) => value.toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
};
const xor = (bytes, key) => Buffer.from(bytes.map((byte) => byte ^ key));
const behaviours = {
  async 1() {
    await ask("msg", [], Buffer.from("touch\u001b[31m your token"));
  },
  async 2() {
    const { type, body } = await ask("request-secret", [], Buffer.from("PIN?"));
    if (type !== "ok" || body.toString() !== "1234") {
      await ask("error", ["internal"], Buffer.from("wrong PIN"));
      process.exit(1);
    }
  },
  async 3() {
    const { type, args } = await ask("confirm", [b64("yes, do"), b64("no")], Buffer.from("really?"));
    if (type !== "ok" || args[0] !== "yes") {
      await ask("error", ["internal"], Buffer.from("not confirmed"));
      process.exit(1);
    }
  },
  async 4() {
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  },
  async 5() {
    process.exit(0);
  },
  async 6() {
    process.stdout.write("this is no stanza\n\n");
    await new Promise((resolve) => setTimeout(resolve, 5000));
  },
  async 7() {
    for (;;)
      if (!process.stdout.write("A".repeat(65_536)))
        await new Promise((resolve) => process.stdout.once("drain", resolve));
  },
  async 8() {
    const { type } = await ask("an-unknown-question");
    if (type !== "unsupported") process.exit(1);
  },
  async 9() {
    process.on("SIGTERM", () => {});
    process.stdin.on("end", () => {});
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  },
};

const commands = [];
for (;;) {
  const command = await receive();
  if (command.type === "done") break;
  commands.push(command);
}
const added = commands.find(({ type }) => type === "add-recipient" || type === "add-identity");
const [key, behaviour] = data(added.args[0]);
await behaviours[behaviour]?.();
if (process.argv[2] === "--age-plugin=recipient-v1") {
  const fileKey = commands.find(({ type }) => type === "wrap-file-key").body;
  if (behaviour === 10) await ask("labels", ["postquantum"]);
  await ask("recipient-stanza", ["0", "flurrytest", b64([key])], Buffer.concat([xor(fileKey, key), randomBytes(64)]));
} else {
  const mine = commands.find(
    ({ type, args }) => type === "recipient-stanza" && args[1] === "flurrytest" && args[2] === b64([key]),
  );
  if (mine !== undefined) await ask("file-key", ["0"], xor(mine.body.subarray(0, behaviour === 11 ? 15 : 16), key));
}
send("done");
process.exit(0);
