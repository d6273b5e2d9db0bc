import { relative, resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { fleetFileText, parseFleetYaml } from "@flurry/schema";
import type { Fleet, Host } from "@flurry/schema";

import type { InitFlags } from "../command-line/repository-flags.ts";
import type { CliContext } from "../context.ts";
import { applyChanges } from "../fleet-repository/file-changes.ts";
import { gitOf } from "../fleet-repository/git.ts";
import { warner } from "../fleet-repository/open-fleet-file.ts";
import { loadFleet } from "../load-fleet.ts";
import { outputFor } from "../output.ts";
import { jsonDocument } from "../renderers/json-document.ts";

/** What `flurry init --from` gets. */
export interface FromFlakeRequest {
  readonly context: CliContext;
  readonly flags: InitFlags;
  readonly words: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Writes a `fleet.yaml` for the flake that is in a directory, from its `deploy.nodes`, its hive or its
 * `nixosConfigurations`, and touches nothing else.
 *
 * @returns the exit code
 * @throws FlurryError FLURRY_USAGE, FLURRY_DIRECTORY_NOT_EMPTY when there is a fleet file, what reading the flake throws
 */
export async function fromFlake({ context, flags, words, signal }: FromFlakeRequest, from: string): Promise<number> {
  refuseOthers(flags, words);
  const output = outputFor(context, flags);
  const warn = warner(output);
  const services = await context.loadServices();
  const cwd = resolve(context.cwd, flags.directory ?? ".");
  const start = resolve(cwd, from);
  const nix = { cwd: start, env: context.env };
  const loaded = await loadFleet({ cwd: start, flake: undefined, nix, services, signal, warn });
  const { directory, fleet } = loaded;
  if (fleet.source.kind === "fleet-file")
    throw new FlurryError("FLURRY_DIRECTORY_NOT_EMPTY", `${directory} has a fleet file already`, {
      place: { file: fleet.source.file ?? "fleet.yaml" },
      hint: "it says already which hosts there are: flurry host ls",
    });
  const hosts = fleet.hosts.filter(hasSystem(warn));
  const text = proven({ ...fleet, hosts });
  if (fleet.mustSelect === true)
    warn(
      "Colmena's allowApplyAll = false has no counterpart in a fleet.yaml: flurry deploy without a selector means every host",
    );
  for (const { name } of fleet.localHosts ?? [])
    warn(`${name} has no targetHost and has no place in a fleet.yaml; add it with an address, or leave it in the hive`);
  if (flags.dryRun !== true) {
    const git = gitOf(directory, { services, env: context.env, signal });
    const change = { kind: "write", path: "fleet.yaml", content: text } as const;
    await applyChanges(directory, [change], {
      what: "flurry init --from",
      signal,
      finish: () => git.intendToAdd([change.path]),
    });
  }
  const near = relative(cwd, resolve(directory, "fleet.yaml"));
  const done = {
    directory,
    files: ["fleet.yaml"],
    hosts: hosts.map(({ name }) => name),
    dryRun: flags.dryRun === true,
  };
  output.stdout.write(
    output.json
      ? jsonDocument("init", done)
      : flags.dryRun === true
        ? text
        : `${near} written for ${hosts.length} ${hosts.length === 1 ? "host" : "hosts"}: ${done.hosts.join(", ")}\n\nNext: flurry deploy --dry-run\n`,
  );
  return 0;
}

/** A fleet file describes machines with a system of their own. */
const hasSystem =
  (warn: (text: string) => void) =>
  ({ name, keepsSystem }: Host): boolean => {
    if (keepsSystem === true) warn(`${name} has no profile system and has no place in a fleet.yaml`);
    return keepsSystem !== true;
  };

function refuseOthers(flags: InitFlags, words: readonly string[]): void {
  const others = (["host", "nixpkgs", "input", "sshUser", "sshKey", "secrets", "admin"] as const).filter(
    (name) => flags[name] !== undefined,
  );
  if (words.length === 0 && others.length === 0) return;
  throw new FlurryError(
    "FLURRY_USAGE",
    "--from writes a fleet.yaml for what is there, and takes no description of a new fleet",
    {
      hint: words.length > 0 ? "the directory is the value of --from" : "change the fleet.yaml afterwards",
    },
  );
}

/** The text, once it is known to mean the same fleet. */
function proven(fleet: Fleet): string {
  const text = fleetFileText(fleet);
  const read = parseFleetYaml(text, { file: "fleet.yaml" });
  if (read.ok && JSON.stringify(sorted(read.value.hosts)) === JSON.stringify(sorted(fleet.hosts))) return text;
  throw new Error("the fleet.yaml that was made for the flake does not mean the same as the flake");
}

/** Without the keys of a hive, which are read where they stand. */
function sorted(hosts: readonly Host[]): unknown {
  return hosts.map((host) => ({
    ...Object.fromEntries(
      Object.entries(host)
        .filter(([key]) => key !== "keys")
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    ),
    deploy: Object.fromEntries(Object.entries(host.deploy).toSorted(([one], [other]) => (one < other ? -1 : 1))),
  }));
}
