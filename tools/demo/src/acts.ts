import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { StorePath } from "@flurry/core";
import type { FleetLab } from "@flurry/lab";

import { deploy } from "./deployment.ts";
import { checkConfirmed, wereAtTheSameTime } from "./facts.ts";
import type { Story } from "./story.ts";

/** The hosts of the example fleet. */
export const hosts = ["nas", "compute", "gateway"] as const;

/** Every host gets a change, all at the same time. */
export async function deployAll(story: Story, fleet: FleetLab): Promise<void> {
  story.chapter("A change for every host");
  await editCommonModule(fleet, 'environment.etc.motd.text = "Deployed by Flurry.\\n";');
  const { exitCode, verdicts, events } = await deploy(story, fleet);
  story.fact("flurry says that all went well", exitCode === 0, { exitCode });
  story.fact(
    "all three hosts are deployed",
    hosts.every((name) => verdicts.get(name)?.status === "deployed"),
    [...verdicts.values()],
  );
  story.fact("they were activated at the same time", wereAtTheSameTime(events), events);
  await checkSystems(story, fleet, await fleet.systems());
}

/** One host changes, and only it is touched. */
export async function deployOne(story: Story, fleet: FleetLab): Promise<void> {
  story.chapter("A change for compute alone");
  await fleet.edit("compute", '{ environment.etc."compute-note".text = "only here"; }');
  const { exitCode, verdicts } = await deploy(story, fleet);
  story.fact("flurry says that all went well", exitCode === 0, { exitCode });
  story.fact("compute is deployed", verdicts.get("compute")?.status === "deployed", [...verdicts.values()]);
  const others = ["nas", "gateway"].map((name) => verdicts.get(name)?.status);
  story.fact(
    "nas and gateway are unchanged",
    others.every((status) => status === "unchanged"),
    others,
  );
  await checkSystems(story, fleet, await fleet.systems());
}

/** Two hosts get systems that would strand them, the third a good one. */
export async function deployTrouble(story: Story, fleet: FleetLab): Promise<void> {
  story.chapter("gateway cuts its own network, nas stops its sshd, compute gets a good system");
  const before = await fleet.systems();
  await fleet.edit("gateway", "{ lab.trouble.cutNetwork = true; }");
  await fleet.edit("nas", "{ lab.trouble.stopSshd = true; }");
  await fleet.edit("compute", '{ environment.etc."compute-note".text = "undisturbed"; }');
  const { exitCode, verdicts } = await deploy(story, fleet, ["--confirm-timeout", "10s"]);
  story.fact("flurry's exit code says that hosts went back", exitCode === 8, { exitCode });
  for (const name of ["gateway", "nas"]) {
    story.fact(`${name} went back by itself`, verdicts.get(name)?.status === "reverted", verdicts.get(name));
    await checkConfirmed(story, fleet, name, before.get(name));
  }
  story.fact(
    "compute is deployed all the same",
    verdicts.get("compute")?.status === "deployed",
    verdicts.get("compute"),
  );
  await checkConfirmed(story, fleet, "compute", (await fleet.systems()).get("compute"));
}

/** The bad changes are taken back, and status finds every host where it should be. */
export async function showStatus(story: Story, fleet: FleetLab): Promise<void> {
  story.chapter("The bad changes are taken out of the repository");
  for (const name of ["gateway", "nas"]) await fleet.edit(name, "{ }");
  const shown = await story.act("flurry status", () => fleet.flurry(["status"]));
  story.quote(shown.stdout);
  const { stdout } = await fleet.flurry(["status", "--json"]);
  const { hosts: statuses } = JSON.parse(stdout) as {
    readonly hosts: readonly { readonly host: string; readonly state: string }[];
  };
  const good = statuses.length === hosts.length && statuses.every(({ state }) => state === "ok");
  story.fact("every host is reachable, on a confirmed system, and on the one that the flake says", good, statuses);
}

async function checkSystems(story: Story, fleet: FleetLab, systems: ReadonlyMap<string, StorePath>): Promise<void> {
  for (const name of hosts) await checkConfirmed(story, fleet, name, systems.get(name));
}

/** Adds a setting to the module that every host imports. */
async function editCommonModule(fleet: FleetLab, setting: string): Promise<void> {
  const file = join(fleet.directory, "modules", "common.nix");
  const text = await readFile(file, "utf8");
  const end = text.lastIndexOf("}");
  await writeFile(file, `${text.slice(0, end)}  ${setting}\n${text.slice(end)}`);
  await fleet.exec(["git", "commit", "--quiet", "--all", "--message", "Greet whoever logs in"], {
    cwd: fleet.directory,
  });
}
