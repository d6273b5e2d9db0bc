import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { expectConfirmed, fleetFile, fleetLab } from "./support/fleet.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

it("`turbo run deploy` deploys a workspace of the repository, as CI does", async () => {
  await using fleet = await fleetLab({ hosts: ["nas"], fleetFile: fleetFile({ nas: "" }) });
  await fleet.edit("nas", '{ environment.etc.motd.text = "by turbo"; }');
  const turbo = `${root}/node_modules/.bin/turbo`;
  const env = { FLURRY_FLAKE: fleet.directory, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
  const words = [turbo, "run", "deploy", "--filter=homelab", "--only", "--no-color", "--", "nas"];
  const result = await fleet.exec(words, { cwd: root, env });
  const said = result.exitCode === 0 ? "" : result.stdout + result.stderr;
  expect({ exitCode: result.exitCode, said }).toEqual({ exitCode: 0, said: "" });
  expect(result.stdout).toContain("deployed");
  await expectConfirmed(fleet, fleet.host("nas"), (await fleet.systems()).get("nas"));
});
