import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { fetchHostKey, fingerprint, parsePublicKey } from "../src/index.ts";
import { singleHost } from "./single-host.ts";
import type { SingleHost } from "./single-host.ts";

let host: SingleHost;
beforeAll(async () => {
  host = await singleHost();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

/** Asks with a known_hosts file of this text. */
async function fetchWith(knownHosts: string, addresses = host.target.addresses) {
  const file = await host.shop.file(`known-${Math.random()}`, knownHosts);
  const configFile = await host.shop.file(
    `config-${Math.random()}`,
    `UserKnownHostsFile ${file}\nGlobalKnownHostsFile none\n`,
  );
  return await fetchHostKey({ ...host.target, addresses }, { ...host.context, configFile }, { timeoutMs: 10_000 });
}

describe("fetchHostKey", () => {
  it("tells the key, its fingerprint and what is known of it", async () => {
    const { publicKey } = host.hostKey;
    const name = `[${host.sshd.address}]:${host.sshd.port}`;
    const line = publicKey.split(" ").slice(0, 2).join(" ");
    expect(await fetchWith("")).toEqual({
      address: host.target.addresses[0],
      line,
      fingerprint: fingerprint(parsePublicKey(publicKey).blob),
      known: "new",
    });
    expect(await fetchWith(`${name} ${publicKey}\n`)).toMatchObject({ line, known: "trusted" });
    const other = await host.shop.key("another");
    expect(await fetchWith(`${name} ${other.publicKey}\n`)).toMatchObject({ line, known: "changed" });
    expect(await fetchWith(`@revoked ${name} ${publicKey}\n`)).toMatchObject({ known: "revoked" });
  });

  it("goes on to the next address, and says when there is none", async () => {
    const [address = ""] = host.target.addresses;
    expect(await fetchWith("", ["127.9.9.9", address])).toMatchObject({ address, known: "new" });
    await expect(fetchWith("", ["127.9.9.9"])).rejects.toMatchObject({ code: "FLURRY_SSH_UNREACHABLE" });
  });
});
