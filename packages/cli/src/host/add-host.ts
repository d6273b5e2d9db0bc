import { FlurryError, nearestName } from "@flurry/core";
import { sshTarget } from "@flurry/deploy";
import { addHostToFleetFile, checkAddress, checkHostName, checkModuleName, renderIssue } from "@flurry/schema";
import type { EditedFleetFile, NewHost } from "@flurry/schema";

import { editedError } from "../commands/render.ts";
import { applyChanges } from "../fleet-repository/file-changes.ts";
import type { FileChange } from "../fleet-repository/file-changes.ts";
import { gitOf } from "../fleet-repository/git.ts";
import { openFleetFile } from "../fleet-repository/open-fleet-file.ts";
import type { FleetRepository } from "../fleet-repository/open-fleet-file.ts";
import { generatedChanges, planGenerated } from "../fleet-repository/plan-generated.ts";
import type { GeneratedPlan } from "../fleet-repository/plan-generated.ts";
import { filesBelow, repositoryFiles } from "../fleet-repository/repository-files.ts";
import { releaseOf, stableRelease } from "../new-fleet/default-nixpkgs.ts";
import { renderAddedHost } from "../renderers/host-changes.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { sshContext } from "../run/start-command.ts";
import { editableFleetFile } from "./fleet-file.ts";
import { onlyName } from "./host-command.ts";
import type { HostCommand } from "./host-command.ts";
import { hostFiles } from "./host-files.ts";
import { pinHostKey } from "./pin-host-key.ts";
import { readMachine } from "./read-machine.ts";
import { rekeyedSecrets } from "./rekey-secrets.ts";

/** `flurry host add`: a machine becomes part of the fleet, wholly or not at all. */
export async function addHost({ context, flags, names, interruption: { signal } }: HostCommand): Promise<number> {
  const wanted = newHost(onlyName("add", names), flags);
  const repository = await openFleetFile({ context, flags, signal, mayWrite: flags.dryRun !== true });
  const { directory, output, warn } = repository;
  refuseUnknownModules(wanted, directory);
  const file = await editableFleetFile(repository);
  const add = (host: NewHost): EditedFleetFile => addHostToFleetFile(file.text, host, { file: file.path });
  const services = await context.loadServices();
  const ssh = sshContext(context, flags, repository.cwd);
  const asked = { context, flags, ssh, services, output, warn, signal, env: context.env };

  const target = { ...sshTarget(addedHost(add(wanted), wanted)), hostKeys: [] };
  const key = await pinHostKey({ ...asked, target });
  const pinned: NewHost = key === undefined ? wanted : { ...wanted, hostKey: key.line };
  const reachable = key !== undefined && flags.offline !== true;
  const facts = reachable ? await readMachine(addedHost(add(pinned), pinned), asked) : undefined;
  const edited = add(withSystem(pinned, facts?.system, repository));

  const present = new Set(filesBelow(directory, `hosts/${wanted.name}`));
  const files = hostFiles({
    name: wanted.name,
    facts,
    release: releaseOf(repository.fleet.nixpkgs ?? "") ?? stableRelease(new Date(context.now())).version,
    hasHardwareInput: repository.fleet.inputs.some(({ name }) => name === "nixos-hardware"),
  });
  const rekeying = {
    host: wanted.name,
    before: repository.fleet,
    after: edited.fleet,
    directory,
    context,
    warn,
    signal,
  };
  const rekeyed = flags.noRekey === true ? [] : await rekeyedSecrets({ ...rekeying, fleetFile: repository.fleetFile });
  const written: readonly FileChange[] = [
    { kind: "write", path: file.path, content: edited.text },
    ...files.changes.filter(({ path }) => !present.has(path)),
    ...rekeyed,
  ];
  const generated = planGenerated(edited.fleet, { directory, changes: written });
  const refusal = editedError(generated.files);
  if (refusal !== undefined) throw refusal;
  const changes = [...written, ...generatedChanges(generated.files)];
  if (flags.dryRun !== true) {
    const git = gitOf(directory, { services, env: context.env, signal });
    await applyChanges(directory, changes, {
      what: `flurry host add ${wanted.name}`,
      signal,
      finish: () => git.intendToAdd(changes.flatMap(({ kind, path }) => (kind === "write" ? [path] : []))),
    });
  }

  remarks(wanted.name, { repository, present, generated }).forEach(warn);
  const done = {
    host: wanted.name,
    addresses: wanted.addresses,
    key,
    hardware: files.hardware,
    profile: files.profile,
    rekeyed: rekeyed.map(({ path }) => path),
    files: changes.map(({ path }) => path),
    dryRun: flags.dryRun === true,
  };
  output.stdout.write(output.json ? jsonDocument("host add", done) : renderAddedHost(done, output.colors));
  return 0;
}

interface Added {
  readonly repository: FleetRepository;
  /** Files of the host that were there before. */
  readonly present: ReadonlySet<string>;
  readonly generated: GeneratedPlan;
}

/** What the user should know of a host that was added. */
function remarks(name: string, { repository, present, generated }: Added): readonly string[] {
  const rules = rulesBesideFleet(repository);
  return [
    ...(rules === undefined
      ? []
      : [`${rules} says who reads which secret, not the fleet file: flurry secrets add-host ${name}`]),
    ...[...present].map((path) => `${path} was there already and was left alone`),
    ...generated.files
      .filter(({ state }) => state === "hand-written")
      .map(({ path }) => `${path} is hand-written: add ${name} to it yourself${orAdopt(path, repository)}`),
    ...generated.warnings
      .filter((issue) => issue.path.includes(name))
      .map((issue) => renderIssue({ ...issue, severity: "error" })),
  ];
}

/** The systems of a hive, say, are in no output that Flurry writes. */
function orAdopt(path: string, { fleet }: FleetRepository): string {
  const inOwnOutput = fleet.hosts.every(({ attrPath }) => attrPath[0] === "nixosConfigurations");
  return inOwnOutput ? `, or let Flurry write it with flurry render --adopt ${path}` : "";
}

/** The file that says who reads which secret where the fleet file does not. */
function rulesBesideFleet({ fleet, directory }: FleetRepository): string | undefined {
  const exists = repositoryFiles(directory);
  return fleet.secrets === undefined
    ? [".sops.yaml", "secrets.nix"].find((path) => exists(path) !== undefined)
    : undefined;
}

function newHost(name: string, flags: HostCommand["flags"]): NewHost {
  const addresses = flags.address ?? [name];
  const complaint =
    checkHostName(name) ??
    addresses.map(checkAddress).find((one) => one !== undefined) ??
    (flags.module ?? []).map(checkModuleName).find((one) => one !== undefined);
  if (complaint !== undefined)
    throw new FlurryError("FLURRY_USAGE", complaint.message, {
      hint: complaint.hint ?? "see flurry host --help",
    });
  const deploy = {
    ...(flags.sshUser === undefined ? {} : { sshUser: flags.sshUser }),
    ...(flags.port === undefined ? {} : { port: flags.port }),
    ...(flags.jump === undefined ? {} : { jump: flags.jump }),
  };
  return {
    name,
    addresses,
    tags: flags.tag ?? [],
    modules: flags.module ?? [],
    ...(flags.system === undefined ? {} : { system: flags.system }),
    deploy,
  };
}

function refuseUnknownModules({ modules = [] }: NewHost, directory: string): void {
  const exists = repositoryFiles(directory);
  const missing = modules.find(
    (name) => exists(`modules/${name}.nix`) === undefined && exists(`modules/${name}/default.nix`) === undefined,
  );
  if (missing === undefined) return;
  const known = filesBelow(directory, "modules")
    .filter((path) => path.endsWith(".nix"))
    .map((path) => path.slice("modules/".length, -".nix".length));
  const nearest = nearestName(missing, known);
  throw new FlurryError("FLURRY_USAGE", `there is no modules/${missing}.nix`, {
    hint: nearest === undefined ? `the modules are ${known.join(", ")}` : `did you mean ${nearest}?`,
  });
}

/** What the machine says of its system is written down where the fleet says something else, or nothing. */
function withSystem(host: NewHost, system: string | undefined, { fleet }: FleetRepository): NewHost {
  if (host.system !== undefined || system === undefined) return host;
  const systems = new Set(fleet.hosts.map((other) => other.system));
  const usual = systems.size === 1 ? [...systems][0] : undefined;
  return usual === system ? host : { ...host, system };
}

function addedHost({ fleet }: EditedFleetFile, { name }: NewHost): FleetRepository["fleet"]["hosts"][number] {
  const host = fleet.hosts.find((one) => one.name === name);
  if (host === undefined) throw new Error(`the fleet file has no ${name} after it was added`);
  return host;
}
