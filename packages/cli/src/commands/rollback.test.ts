import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { RollbackRequest } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../../tests/support/fake-context.ts";
import { fakeNix } from "../../tests/support/fake-services.ts";
import { main } from "../main.ts";

const fleetYaml = `
hosts:
  nas: { address: 10.0.20.10, profiles: { home: { user: alice, home: alice }, notes: { user: alice, home: notes } } }
  web: { address: 10.0.20.11, profiles: { home: { user: alice, home: alice } } }
  edge: { address: 10.0.20.12 }
`;

async function preview(...words: readonly string[]) {
  await using dir = await tempDir("flurry-rollback");
  await writeFile(join(dir.path, "fleet.yaml"), fleetYaml);
  await writeFile(join(dir.path, "flake.nix"), "");
  let seen: Pick<RollbackRequest, "hosts" | "to" | "chosen"> | undefined;
  const planRollback = async (request: NonNullable<typeof seen>) => {
    seen = request;
    return request.hosts.map(({ name: host }) => ({ host }));
  };
  const context = fakeContext({ services: { ...fakeNix(), planRollback }, cwd: dir.path });
  const code = await main(["rollback", "--dry-run", ...words], context);
  const hosts = seen?.hosts.map(({ name, keepsSystem = false, profiles = [] }) =>
    [name, ...(keepsSystem ? [] : ["system"]), ...profiles.map((one) => one.name)].join(" "),
  );
  return { code, hosts, to: seen?.to, chosen: [...(seen?.chosen?.keys() ?? [])], err: context.err() };
}

describe("flurry rollback", () => {
  it.each([
    [["nas"], { hosts: ["nas system home notes"], chosen: [] }],
    [[".#nas.notes", "--to", "3"], { hosts: ["nas notes"], chosen: ["nas"], to: 3 }],
    [[".#nas.system", ".#web"], { hosts: ["nas system", "web system home"], chosen: ["nas"] }],
    [["--profile", "home"], { hosts: ["nas home", "web home"], chosen: ["nas", "web"] }],
    [["edge", "web", "--profile", "system"], { hosts: ["web system", "edge system"], chosen: ["web", "edge"] }],
  ])("%j", async (words, expected) => {
    expect(await preview(...words)).toMatchObject({ code: 0, ...expected });
  });

  it.each([
    [["edge", "--profile", "home"], /none of the hosts has a profile "home"[^]*none beside their systems/],
    [["--profile", "hone"], /none of the hosts has a profile "hone"[^]*they have home, notes/],
    [[".#nas.home", "--profile", "home"], /exclude each other/],
    [[".#nas.hone"], /nas has no profile "hone"/],
  ])("refuses %j", async (words, message) => {
    const { code, err, hosts } = await preview(...words);
    expect([code, hosts]).toEqual([2, undefined]);
    expect(err).toMatch(message);
  });
});
