import { FlurryError } from "@flurry/core";
import { parseDeployTarget } from "@flurry/schema";
import type { DeployTarget } from "@flurry/schema";

/** What a command line says of where and whom. */
export interface Selection {
  /** The flake that it names, if it does. */
  readonly flake?: string;
  /** The words of a host selector; none means every host. */
  readonly words: readonly string[];
  /** The profiles that `flake#host.profile` names, by host, where it names any; hosts that are missing have all of theirs. */
  readonly profiles?: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What a selection is read from. */
export interface SelectionSource {
  /** The arguments of the command. */
  readonly words: readonly string[];
  /** The value of `--flake` or FLURRY_FLAKE. */
  readonly flake: string | undefined;
  /** Reads the selectors that `-` stands for. */
  readonly readStdin: () => Promise<string>;
}

/**
 * Sorts the arguments of a command into flakes in deploy-rs' spelling (`.`, `.#nas`, `.#nas.system`) and selectors.
 *
 * @throws FlurryError FLURRY_USAGE, FLURRY_NOTHING_SELECTED
 */
export async function readSelection({ words, flake, readStdin }: SelectionSource): Promise<Selection> {
  const targets: DeployTarget[] = flake === undefined ? [] : [target(flake)];
  const selectors: string[] = [];
  for (const text of words) {
    if (text === "-") selectors.push(await selectorFromStdin(readStdin));
    else if (looksLikeFlake(text)) targets.push(target(text));
    else selectors.push(text);
  }
  const [first, ...others] = [...new Set(targets.map((one) => one.flake))];
  if (first !== undefined && others.length > 0)
    throw usage(`two flakes in one command: ${first} and ${others.join(", ")}`, "run one command for each flake");
  // Quotes keep a host that is called `and` a host.
  const hosts = targets.flatMap(({ host }) => (host === undefined ? [] : [`"${host}"`]));
  const profiles = chosenProfiles(targets);
  return {
    ...(first === undefined ? {} : { flake: first }),
    words: [...hosts, ...selectors],
    ...(profiles.size === 0 ? {} : { profiles }),
  };
}

/** `.#nas` beside `.#nas.notes` means all of nas. */
function chosenProfiles(targets: readonly DeployTarget[]): ReadonlyMap<string, ReadonlySet<string>> {
  const chosen = new Map<string, ReadonlySet<string>>();
  for (const { host, profile } of targets)
    if (host !== undefined && profile !== undefined) chosen.set(host, new Set([...(chosen.get(host) ?? []), profile]));
  for (const { host, profile } of targets) if (host !== undefined && profile === undefined) chosen.delete(host);
  return chosen;
}

function looksLikeFlake(text: string): boolean {
  return parseDeployTarget(text).status !== "other";
}

function target(text: string): DeployTarget {
  const parsed = parseDeployTarget(text);
  switch (parsed.status) {
    case "other":
      // Nix would look such a name up in its registry.
      return { flake: text };
    case "invalid":
      throw usage(`${parsed.message}, at character ${parsed.position + 1} of "${text}"`, parsed.hint);
    case "target":
      return parsed.target;
  }
}

async function selectorFromStdin(readStdin: () => Promise<string>): Promise<string> {
  const names = (await readStdin()).split(/\s+/).filter((name) => name !== "");
  // No words would mean every host: the opposite of what an empty list says.
  if (names.length === 0)
    throw new FlurryError("FLURRY_NOTHING_SELECTED", "standard input names no host", {
      hint: "- reads host names from standard input, separated by spaces or line feeds",
    });
  return `(${names.join(" ")})`;
}

function usage(message: string, hint: string | undefined): FlurryError {
  return new FlurryError("FLURRY_USAGE", message, hint === undefined ? {} : { hint });
}
