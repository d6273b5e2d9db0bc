import { randomBytes } from "node:crypto";

import type { StorePath } from "@flurry/core";
import type { FleetLab, LabHost } from "@flurry/lab";

import { parseReply } from "../../src/host/reply.ts";
import type { Reply } from "../../src/host/reply.ts";
import {
  installAndRun,
  recordDirectory,
  runOnce,
  runOnceWith,
  runVerb,
  scriptWith,
  supervisorScript,
} from "../../src/host/supervisor.ts";
import type { MadeKey } from "../../src/keys/made-key.ts";
import { delivery } from "../../src/keys/upload-message.ts";

/** What the host says when it is only asked, as `flurry status` does. */
export async function facts(host: LabHost): Promise<Reply> {
  return parseReply((await host.run(runOnce("facts"), { stdin: supervisorScript() })).stdout);
}

/** A run of the supervisor on a host of the lab, called from the host's own console: no deployer, no network. */
export class HostRun {
  readonly id: string;
  readonly host: LabHost;

  constructor(host: LabHost, id = `test-${randomBytes(4).toString("hex")}`) {
    this.host = host;
    this.id = id;
  }

  get record(): string {
    return recordDirectory(this.id);
  }

  async preflight(candidate: string, fields: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const all = {
      owner: "alice@laptop",
      expect: "",
      candidate,
      goal: "switch",
      restore: "",
      confirm: "60",
      activation: "60",
      policy: "degraded",
      magic: "1",
      auto: "1",
      lost: "auto",
      ...fields,
    };
    const words = installAndRun(
      this.id,
      "preflight",
      Object.entries(all).map(([name, value]) => `${name}=${value}`),
    );
    return parseReply((await this.host.run(words, { stdin: supervisorScript() })).stdout);
  }

  async verb(verb: string, ...args: readonly string[]): Promise<Reply> {
    return parseReply((await this.host.run(runVerb(this.id, verb, args))).stdout);
  }

  /** Preflight, start, and the end of the activation. */
  async untilTried(candidate: string, fields: Readonly<Record<string, string>> = {}): Promise<Reply> {
    await this.preflight(candidate, fields);
    await this.verb("start");
    return await this.verb("await", "tried", "60");
  }

  /** Brings keys to the host, as a part of this run. */
  async keys(keys: readonly MadeKey[]): Promise<Reply> {
    return await putKeys(this.host, keys, this.id);
  }

  async verdict(): Promise<Reply> {
    return await this.verb("await", "verdict", "90");
  }
}

/** Brings keys to a host, and what it makes of a delivery of which only the first bytes arrive. */
export async function putKeys(
  host: LabHost,
  keys: readonly MadeKey[],
  runId = "",
  bytes: number = Number.POSITIVE_INFINITY,
): Promise<Reply> {
  const input = delivery(keys).subarray(0, bytes);
  const { words, stdin } = runOnceWith(scriptWith("upload-keys"), { verb: "put", args: [runId, "must"], input });
  return parseReply((await host.run(words, { stdin })).stdout);
}

/** Builds a system and brings its closure to the host, without activating it. */
export async function bring(fleet: FleetLab, host: LabHost, nix: string): Promise<StorePath> {
  await fleet.edit(host.name, nix);
  const system = (await fleet.systems()).get(host.name);
  if (system === undefined) throw new Error(`${host.name} has no system`);
  const words = ["nix", "--extra-experimental-features", "nix-command", "copy", "--no-check-sigs"];
  const copied = await fleet.exec([...words, "--to", `ssh-ng://root@${host.address}`, system], {
    env: { NIX_SSHOPTS: `-F ${fleet.lab.sshConfigFile}` },
  });
  if (copied.exitCode !== 0) throw new Error(copied.stderr);
  return system;
}

/** Where a host stands: what it runs, what its profile is, and what it boots. */
export async function standing(host: LabHost): Promise<{ current: string; profile: string; bootDefault: string }> {
  const text = await host.output(
    "readlink -f /run/current-system; readlink -f /nix/var/nix/profiles/system; cat /boot/lab-default",
  );
  const [current = "", profile = "", bootDefault = ""] = text.split("\n");
  return { current, profile, bootDefault };
}
