import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { applyReadersChange, planAddHost } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsAddHostFlags } from "../../command-line/secrets-policy-flags.ts";
import { pinHostKey } from "../../host/pin-host-key.ts";
import { renderFileDiff } from "../../renderers/file-diff.ts";
import { count } from "../../renderers/measures.ts";
import { generatedWrites } from "../../secrets/fleet-writes.ts";
import { openPolicy, openPolicyToWrite } from "../../secrets/open-policy.ts";
import type { OpenPolicy } from "../../secrets/open-policy.ts";
import { agreed, progressOf, report } from "../../secrets/rekey-command.ts";
import { rekeyKeys } from "../../secrets/rekey-keys.ts";
import { scannedPlace } from "../../secrets/scanned-place.ts";
import { withSecrets } from "../../secrets/session.ts";
import type { SecretsSession } from "../../secrets/session.ts";

/** `flurry secrets add-host`: a host comes into the policy, and the files that it is to read are keyed for it. */
export async function addHost(this: CommandScope, flags: SecretsAddHostFlags, name: string): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const open = await (flags.dryRun === true ? openPolicy(session) : openPolicyToWrite(session));
    if (!hostName.test(name)) throw usage(`"${name}" cannot be the name of a host`);
    const keys = await hostKeys(name, flags, { open, session });
    const planned = await planAddHost(
      open.loaded,
      {
        name,
        keys,
        ...(flags.file === undefined ? {} : { files: flags.file.map(open.pathOf) }),
        ...(flags.like === undefined ? {} : { like: flags.like }),
        existing: flags.replace === true ? "replace" : "error",
      },
      { env: session.context.env, signal: session.interruption.signal },
    );
    const { change, plan } = planned;
    const also = generatedWrites(change, open, session);
    const files = plan.drifted.map((file) => ({
      file,
      action: (file.drift?.extra.length ?? 0) > 0 ? ("rotate" as const) : ("recipients" as const),
    }));
    const policyFile = change.before.source.file;
    const more = {
      host: name,
      policy: policyFile,
      policyChanged: change.text !== undefined,
      rules: change.rules.map(({ rule, why }) => ({ rule: rule.name, why })),
    };
    const shown = { command: "secrets add-host", files, more };
    const at = { open, session };
    tellChange(planned, at);
    const nothing = change.text === undefined && files.length === 0 && also.length === 0;
    if (nothing) session.say(`${name} is in ${policyFile} already, and its files are keyed for it`);
    const question = `Add ${name} to ${policyFile} and key ${count(files.length, "file")} for it?`;
    if (nothing || flags.dryRun === true || !(await agreed(question, flags, session)))
      return report(shown, undefined, at);
    const { interruption, now } = session;
    const options = { now: now(), signal: interruption.signal, also, onDone: progressOf(files.length, session) };
    return report(shown, await applyReadersChange(planned, await rekeyKeys(session), options), at);
  });
}

/** What all that names hosts can write. */
const hostName = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;

interface At {
  readonly open: OpenPolicy;
  readonly session: SecretsSession;
}

function tellChange(
  { name, change, plan }: Awaited<ReturnType<typeof planAddHost>>,
  { open, session: { output } }: At,
): void {
  if (output.json || output.quiet) return;
  const { text, oldText, before, rules } = change;
  if (text !== undefined)
    output.stdout.write(
      `${renderFileDiff({ path: before.source.file, before: oldText, after: text }, output.colors)}\n`,
    );
  const reads = plan.files.filter(({ rule }) =>
    rule === undefined
      ? false
      : change.after.rules.includes(rule) &&
        keyed(rule.groups, change.after.readers.find((one) => one.name === name)?.keys),
  );
  const whyOf = (rule: string): string => rules.find((one) => one.rule.name === rule)?.why ?? "the policy says so";
  for (const { path, rule, file } of reads) {
    if (file.kind === "absent" || file.kind === "link" || rule === undefined) continue;
    const rekeyed = plan.drifted.some((one) => one.path === path);
    output.stdout.write(`${name} ${rekeyed ? "will read" : "reads"} ${open.name(path)}: ${whyOf(rule.name)}\n`);
  }
}

function keyed(
  groups: readonly (readonly { readonly id: string }[])[],
  keys: readonly { readonly id: string }[] = [],
): boolean {
  return groups.flat().some(({ id }) => keys.some((key) => key.id === id));
}

async function hostKeys(name: string, flags: SecretsAddHostFlags, { open, session }: At): Promise<readonly string[]> {
  const given = [flags.key, flags.keyFile, flags.scan].filter((one) => one !== undefined);
  if (given.length > 1) throw usage("give one of --key, --key-file and --scan");
  if (flags.key !== undefined) return [flags.key];
  if (flags.keyFile !== undefined) return await keysOfFile(resolve(session.cwd, flags.keyFile));
  if (flags.scan !== undefined) return [await scannedKey(name, flags.scan, { flags, session })];
  const pinned = open.fleet?.fleet.hosts.find((host) => host.name === name)?.hostKeys ?? [];
  if (pinned.length > 0) return pinned;
  throw usage(`no key of ${name} is pinned in a fleet, so say which it has`);
}

async function keysOfFile(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new FlurryError("FLURRY_SECRETS_FILE_NOT_FOUND", `${file} cannot be read`, { cause, place: { file } });
  });
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

async function scannedKey(
  name: string,
  address: string,
  { flags, session }: { readonly flags: SecretsAddHostFlags; readonly session: SecretsSession },
): Promise<string> {
  const { context, interruption, warn, cwd, output } = session;
  const config = flags.sshConfig === undefined ? {} : { configFile: resolve(cwd, flags.sshConfig) };
  const { yes, dryRun } = flags;
  const place = scannedPlace(address);
  const pinned = await pinHostKey({
    target: { name, addresses: [place.address], ...(place.port === undefined ? {} : { port: place.port }) },
    ssh: { env: context.env, ...config },
    flags: { scan: true, ...(yes === undefined ? {} : { yes }), ...(dryRun === undefined ? {} : { dryRun }) },
    context,
    services: await context.loadServices(),
    output,
    warn,
    signal: interruption.signal,
  });
  if (pinned === undefined) throw usage(`${address} was not asked for its key`);
  if (pinned.from === "host") warn(`the key of ${address} was not known before: ${pinned.fingerprint}`);
  return pinned.line;
}

function usage(message: string): FlurryError {
  return new FlurryError("FLURRY_USAGE", message, {
    hint: 'write for example: flurry secrets add-host nas --key "ssh-ed25519 AAAA…", or --scan ADDRESS',
  });
}
