import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { UploadKeysRequest, UploadKeysResult } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../../tests/support/fake-context.ts";
import { fakeNix } from "../../tests/support/fake-services.ts";
import { main } from "../main.ts";

const keys = { token: { source: "keyCommand", keyCommand: ["pass", "token"] } };
const nodes = { nas: { keys }, web: { keys }, plain: {} };

async function uploadKeys(words: readonly string[], results: readonly UploadKeysResult[] = []) {
  await using dir = await tempDir("flurry-upload-keys");
  await writeFile(join(dir.path, "flake.nix"), "");
  const seen: { request?: UploadKeysRequest } = {};
  const uploadFleetKeys = async (request: UploadKeysRequest): Promise<readonly UploadKeysResult[]> => {
    Object.assign(seen, { request });
    return results;
  };
  const services = { ...fakeNix({ hive: { nodes } }), uploadFleetKeys };
  const context = fakeContext({ services, cwd: dir.path });
  const code = await main(["upload-keys", ...words], context);
  return { code, out: context.out(), err: context.err(), request: seen.request, directory: dir.path };
}

const sent = { host: "nas", sent: ["token"], same: ["cert"] };
const error = { code: "FLURRY_KEY_NOT_MADE", message: "the key token of web has no value: no", host: "web" } as const;

describe("flurry upload-keys", () => {
  it("is about the hosts that have keys, from the flake's directory", async () => {
    const { code, out, request, directory } = await uploadKeys(
      ["-p", "3"],
      [sent, { host: "web", sent: [], same: ["token"] }],
    );
    expect(code).toBe(0);
    expect(request).toMatchObject({ directory, parallel: 3, isDryRun: false });
    expect(request?.hosts.map(({ name }) => name)).toEqual(["nas", "web"]);
    expect(out).toMatch(/^nas +✓ uploaded +token +cert$/m);
    expect(out).toMatch(/^web += unchanged +token$/m);
    expect(out).toContain("1 key sent to 2 hosts");
  });

  it("tells what it would do, and what went wrong", async () => {
    const { code, out, err, request } = await uploadKeys(
      ["--dry-run"],
      [sent, { host: "web", sent: [], same: [], error }],
    );
    expect(code).toBe(4);
    expect(request?.isDryRun).toBe(true);
    expect(out).toMatch(/^nas +~ differ +token +cert$/m);
    expect(out).toMatch(/^web +✗ failed +the key token of web has no value: no$/m);
    expect(out).toContain("1 key would be sent to 1 host; nothing was touched");
    expect(err).toContain("FLURRY_KEY_NOT_MADE");
  });

  it("prints JSON", async () => {
    const { out } = await uploadKeys(["nas", "--json"], [sent]);
    expect(JSON.parse(out)).toEqual({ schemaVersion: 1, command: "upload-keys", dryRun: false, hosts: [sent] });
  });

  it("has nothing to do for hosts without keys", async () => {
    const { code, err, request } = await uploadKeys(["plain"]);
    expect(code).toBe(2);
    expect(err).toContain("plain has no keys");
    expect(request).toBeUndefined();
  });
});
