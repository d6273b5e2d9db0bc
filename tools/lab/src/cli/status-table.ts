import type { LabHost } from "../host.ts";
import type { Lab } from "../lab.ts";

/** Prints a line for each host of a lab. */
export async function printStatus(lab: Lab, print: (line: string) => void): Promise<void> {
  const rows = await Promise.all(lab.hosts.map(statusOf));
  const table = [["HOST", "ADDRESS", "INIT", "STATE", "SYSTEM"], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  for (const row of table)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  print(`\n${lab.directory} (${lab.mapping} ids); ssh -F ${lab.sshConfigFile} works within \`lab exec\``);
}

async function statusOf(host: LabHost): Promise<readonly string[]> {
  const state = (await host.isUp()) ? "up" : (await host.hasPower()) ? "booting" : "off";
  const system = state === "up" ? ((await host.currentSystem()) ?? "nothing installed") : "";
  return [host.name, host.address, host.spec.init, state, system];
}
