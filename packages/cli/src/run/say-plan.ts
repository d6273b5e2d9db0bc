import type { LockedFlake } from "@flurry/nix";

import { planLine } from "../renderers/plan-line.ts";
import type { CommandStart } from "./start-command.ts";

/** What the line says beside hosts and flake. */
export interface SaidPlan {
  /** "Deploying", "Building". */
  readonly doing: string;
  /** The goal, how many at a time. */
  readonly how: readonly string[];
}

/** Says what is going to be done, before it is. */
export function sayPlan({ output, hosts, context }: CommandStart, flake: LockedFlake, { doing, how }: SaidPlan): void {
  if (output.json || output.quiet) return;
  const { original: source, revision, dirty } = flake;
  const names = hosts.map((host) => host.name);
  const known = revision === undefined ? {} : { revision };
  const plan = { doing, hosts: names, source, home: context.env["HOME"], dirty, how, ...known };
  output.stderr.write(`${planLine(plan, output.progressColors)}\n`);
}
