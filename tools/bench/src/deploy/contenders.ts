import { fileURLToPath } from "node:url";

/** A way to deploy. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  /** The command line that deploys some hosts of the fleet, or all. */
  readonly command: (request: DeployCommand) => readonly string[];
  /** Adds to the fleet's repository what it needs there. */
  readonly adapt?: (directory: string) => Promise<void>;
}

/** What to deploy. */
export interface DeployCommand {
  /** The fleet's repository. */
  readonly directory: string;
  readonly hosts: readonly string[];
  /** How many hosts there are. */
  readonly fleetSize: number;
}

const flurry = fileURLToPath(import.meta.resolve("flurry/bin"));
const byHand = fileURLToPath(new URL("../../by-hand.sh", import.meta.url));

/** All that can be compared wherever Flurry runs; see `findPeers` for others. The first of a comparison is what the others are put in relation to. */
export const contenders: readonly Contender[] = [
  {
    name: "flurry",
    title: "flurry deploy",
    command: ({ directory, hosts, fleetSize }) => {
      const selection = hosts.length === fleetSize ? [] : hosts;
      return [process.execPath, flurry, "deploy", ...selection, "--json", "--yes", "-C", directory];
    },
  },
  {
    name: "by-hand",
    title: "by hand",
    command: ({ directory, hosts }) => ["bash", byHand, directory, ...hosts],
  },
  {
    name: "by-hand-parallel",
    title: "by hand, 8 at a time",
    command: ({ directory, hosts }) => ["bash", byHand, "-j", "8", directory, ...hosts],
  },
];
