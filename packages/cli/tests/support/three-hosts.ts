import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { HostStatus } from "@flurry/deploy";

import { main } from "../../src/main.ts";
import { fakeContext } from "./fake-context.ts";
import type { FakeContext, FakeOptions } from "./fake-context.ts";
import { fakeNix, systemOf } from "./fake-services.ts";
import type { Trouble } from "./fake-services.ts";
import { systems } from "./scripted-runs.ts";

const fleetYaml = `
hosts:
  nas: { address: 10.0.20.10, tags: [storage] }
  compute: { address: 10.0.20.11 }
  gateway: { address: 10.0.20.1, tags: [edge] }
rollout: { parallel: { activate: 2 } }
`;

/** What a command line meets. */
export interface Setting extends FakeOptions {
  readonly trouble?: Trouble;
  /** Called with the running command's context. */
  readonly during?: (context: FakeContext) => void;
  readonly keep?: (directory: string) => Promise<void>;
}

/** Runs a command line in a fleet of three hosts; DIR stands for its directory in what is printed. */
export async function flurry(words: readonly string[], setting: Setting = {}) {
  await using dir = await tempDir("flurry-commands");
  await writeFile(join(dir.path, "fleet.yaml"), fleetYaml);
  await writeFile(join(dir.path, "flake.nix"), "");
  const services = { ...fakeNix({}, setting.trouble), ...setting.services };
  const context = fakeContext({ ...setting, services, cwd: dir.path });
  const running = main(words, context);
  setting.during?.(context);
  const code = await running;
  await setting.keep?.(dir.path);
  const clean = (text: string): string => text.replaceAll(dir.path, "DIR");
  return { code, out: clean(context.out()), err: clean(context.err()), context };
}

/** One host that runs its system, one that runs another, and one that cannot be reached. */
export const statuses: readonly HostStatus[] = [
  { host: "nas", state: "unknown", current: systemOf("nas"), profileSystem: systemOf("nas"), durationMs: 1 },
  { host: "compute", state: "unknown", current: systems.old, profileSystem: systems.old, durationMs: 1 },
  {
    host: "gateway",
    state: "unreachable",
    error: { code: "FLURRY_SSH_UNREACHABLE", message: "no route" },
    durationMs: 1,
  },
];
