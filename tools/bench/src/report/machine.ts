import { cpus, release, totalmem } from "node:os";

import { runProcess } from "@flurry/core";

/** What a measurement ran on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly nix: string;
}

/** Describes this machine. */
export async function thisMachine(): Promise<Machine> {
  const { stdout } = await runProcess("nix", ["--version"]);
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
    nix: stdout.trim(),
  };
}
