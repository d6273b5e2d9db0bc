import { runProcess } from "@flurry/core";

import { nixFlags } from "./fleet.ts";
import type { TestFleet } from "./fleet.ts";

/** The derivation that nix itself finds for each host; undefined for one that does not evaluate. */
export async function nativeAnswers(
  fleet: TestFleet,
  hosts: readonly string[] = fleet.hosts,
): Promise<ReadonlyMap<string, string | undefined>> {
  const names = JSON.stringify(hosts).replaceAll(",", " ");
  const apply = `hosts: builtins.listToAttrs (map (name: { inherit name; value = hosts.\${name}.${attribute}; }) ${names})`;
  const all = await evaluate(fleet, ["--json", ".#nixosConfigurations", "--apply", apply]);
  if (all !== undefined) return new Map(Object.entries(JSON.parse(all) as Record<string, string>));
  // One that does not evaluate is the end of them all; halves find it.
  if (hosts.length === 1) return new Map(hosts.map((host) => [host, undefined]));
  const middle = Math.ceil(hosts.length / 2);
  const halves = [hosts.slice(0, middle), hosts.slice(middle)];
  const answers = await Promise.all(halves.map((half) => nativeAnswers(fleet, half)));
  return new Map(answers.flatMap((each) => [...each]));
}

const attribute = "config.system.build.toplevel.drvPath";

async function evaluate({ context, directory }: TestFleet, words: readonly string[]): Promise<string | undefined> {
  const args = [...nixFlags, "eval", "--no-eval-cache", ...words];
  const { exitCode, stdout } = await runProcess(context.nix ?? "nix", args, { cwd: directory, env: context.env });
  return exitCode === 0 ? stdout : undefined;
}
