import { FlurryError } from "@flurry/core";
import { removeHostFromFleetFile, requireHost } from "@flurry/schema";
import type { Fleet } from "@flurry/schema";

import { editedError } from "../commands/render.ts";
import { applyChanges } from "../fleet-repository/file-changes.ts";
import type { FileChange } from "../fleet-repository/file-changes.ts";
import { gitOf } from "../fleet-repository/git.ts";
import { openFleetFile } from "../fleet-repository/open-fleet-file.ts";
import { generatedChanges, planGenerated } from "../fleet-repository/plan-generated.ts";
import { filesBelow, repositoryFiles } from "../fleet-repository/repository-files.ts";
import { repositorySecrets } from "../fleet-repository/repository-secrets.ts";
import { renderRemovedHost } from "../renderers/host-changes.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { editableFleetFile } from "./fleet-file.ts";
import { onlyName } from "./host-command.ts";
import type { HostCommand } from "./host-command.ts";
import { rekeyedSecrets } from "./rekey-secrets.ts";

/** `flurry host rm`: a machine is no longer part of the fleet. */
export async function removeHost({ context, flags, names, interruption: { signal } }: HostCommand): Promise<number> {
  const name = onlyName("rm", names);
  const repository = await openFleetFile({ context, flags, signal, mayWrite: flags.dryRun !== true });
  const { directory, output, fleet, warn } = repository;
  requireHost(fleet, name);
  const file = await editableFleetFile(repository);
  const edited = removeHostFromFleetFile(file.text, name, { file: file.path });
  const gone = ownFiles(fleet, name, directory);
  const rekeying = { host: name, before: fleet, after: edited.fleet, directory, context, warn, signal };
  const rekeyed = flags.noRekey === true ? [] : await rekeyedSecrets({ ...rekeying, fleetFile: repository.fleetFile });
  const removed: readonly FileChange[] = [
    { kind: "write", path: file.path, content: edited.text },
    ...gone.map((path): FileChange => ({ kind: "remove", path })),
    ...rekeyed,
  ];
  const generated = planGenerated(edited.fleet, { directory, changes: removed });
  const refusal = editedError(generated.files);
  if (refusal !== undefined) throw refusal;
  const changes = [...removed, ...generatedChanges(generated.files)];
  const done = {
    host: name,
    couldRead: couldRead(fleet, name, directory),
    rekeyed: rekeyed.map(({ path }) => path),
    files: changes.map(({ path }) => path),
    dryRun: flags.dryRun === true,
  };
  if (flags.dryRun !== true) {
    if (flags.yes !== true) await confirmed(name, { context, signal });
    const services = await context.loadServices();
    const git = gitOf(directory, { services, env: context.env, signal });
    const kept = copies(gone, directory, new Date(context.now()));
    await applyChanges(directory, [...kept, ...changes], {
      what: `flurry host rm ${name}`,
      signal,
      finish: async () => {
        await git.forget(gone);
        await git.intendToAdd(changes.flatMap(({ kind, path }) => (kind === "write" ? [path] : [])));
      },
    });
    const [copy] = kept;
    if (copy !== undefined) warn(`what was in hosts/${name} is kept in ${copy.path.split("/").slice(0, 3).join("/")}`);
  }
  for (const { path, state } of generated.files)
    if (state === "hand-written") warn(`${path} is hand-written: take ${name} out of it yourself`);
  output.stdout.write(output.json ? jsonDocument("host rm", done) : renderRemovedHost(done, output.colors));
  return 0;
}

/** The files of a host's own directory, unless another host has the same configuration. */
function ownFiles({ hosts }: Fleet, name: string, directory: string): readonly string[] {
  const configuration = requireHost({ hosts }, name).attrPath.at(-1) ?? name;
  const shared = hosts.some((other) => other.name !== name && other.attrPath.at(-1) === configuration);
  return shared ? [] : filesBelow(directory, `hosts/${configuration}`);
}

/** What a machine that is gone still knows. */
export interface ReadableFile {
  readonly file: string;
  /** The names of its secrets, where they can be told. */
  readonly secrets: readonly string[];
}

function couldRead(fleet: Fleet, name: string, directory: string): readonly ReadableFile[] {
  const files = (fleet.secrets?.files ?? []).filter(({ hosts }) => hosts.includes(name));
  const rules = fleet.secrets === undefined ? fleet : { ...fleet, secrets: { ...fleet.secrets, files } };
  const { secrets = [] } = repositorySecrets(rules, directory, repositoryFiles(directory));
  const paths = new Set([...files.map(({ path }) => path), ...secrets.map(({ file }) => file)]);
  return [...paths].map((file) => ({
    file,
    secrets: secrets.filter((secret) => secret.file === file).map((secret) => secret.name),
  }));
}

function copies(paths: readonly string[], directory: string, now: Date): readonly FileChange[] {
  const read = repositoryFiles(directory);
  const stamp = now.toISOString().replaceAll(/[:.]/g, "-");
  return paths.map((path) => ({
    kind: "write",
    path: `.flurry/replaced/${stamp}/${path}`,
    content: read(path) ?? "",
  }));
}

async function confirmed(
  name: string,
  { context, signal }: { readonly context: HostCommand["context"]; readonly signal: AbortSignal },
): Promise<void> {
  const answer = await context.confirm(`Remove ${name} from the fleet, and hosts/${name}/?`, signal);
  if (answer === true) return;
  if (answer === false) throw new FlurryError("FLURRY_ABORTED", "nothing was changed");
  throw new FlurryError("FLURRY_USAGE", `nobody is here to say whether ${name} is to be removed`, {
    hint: `flurry host rm ${name} --yes does it; --dry-run shows what that means`,
  });
}
