import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { FleetLab } from "@flurry/lab";

import { deployAll, deployOne, deployTrouble, hosts, showStatus } from "./acts.ts";
import { Story } from "./story.ts";

const flurry = fileURLToPath(import.meta.resolve("flurry/bin"));
const { values } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
const colors = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
const story = new Story({ write: (text) => process.stdout.write(text), colors });

process.exitCode = await tell().then(
  () => 0,
  (error: unknown) => {
    console.error(
      `\nThe demo failed: ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)}`,
    );
    return 1;
  },
);

async function tell(): Promise<void> {
  story.chapter("Three hosts, each with its own network, store, sshd, systemd and power switch");
  const options = { hosts, flurry, fleetFile: null };
  await using fleet = await story.act("lab up, and generation 1 installed on nas, compute and gateway", () =>
    FleetLab.up(options),
  );
  await deployAll(story, fleet);
  await deployOne(story, fleet);
  await deployTrouble(story, fleet);
  await showStatus(story, fleet);
  console.log(`\n${story.facts} facts checked, all true.`);
  if (values.keep) await keep(fleet);
}

/** Leaves the lab up until the user has had enough of it. */
async function keep(fleet: FleetLab): Promise<void> {
  console.log(`
The lab stays up until you press Ctrl-C. In another terminal, from this folder:
  export LAB_DIRECTORY=${fleet.lab.directory}
  npm run lab -- status
  npm run lab -- exec -- node ${flurry} -C ${fleet.directory} status
  npm run lab -- ssh nas
  npm run lab -- fault nas power-cut
The fleet's repository is ${fleet.directory}: change a host and deploy it.`);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  await setTimeout(2 ** 31 - 1, undefined, { signal: stop.signal }).catch(() => {});
}
