import { resolve } from "node:path";

import type { LinkContext } from "@flurry/deploy";
import type { NixContext } from "@flurry/nix";
import { selectHosts } from "@flurry/schema";
import type { Host } from "@flurry/schema";
import type { SshContext } from "@flurry/ssh";

import { evaluationChoiceOf } from "../command-line/evaluation-flags.ts";
import type { EvaluationChoice, EvaluationFlags } from "../command-line/evaluation-flags.ts";
import type { GlobalFlags } from "../command-line/global-flags.ts";
import type { LocalFlag } from "../command-line/local-flag.ts";
import { nixOptionsOf } from "../command-line/nix-flags.ts";
import type { NixFlags } from "../command-line/nix-flags.ts";
import type { CliContext } from "../context.ts";
import { loadFleet } from "../load-fleet.ts";
import type { LoadedFleet } from "../load-fleet.ts";
import { outputFor } from "../output.ts";
import type { Output } from "../output.ts";
import { plainLine } from "../renderers/plain-text.ts";
import { readSelection } from "../selection.ts";
import type { Services } from "../services.ts";
import { askOnce } from "./ask-sudo-password.ts";
import { withChosenProfiles } from "./chosen-profiles.ts";
import type { Interruption } from "./interruption.ts";
import { asCaller, isNamed, ownHost, thisMachine } from "./this-machine.ts";

/** What every command over hosts begins with. */
export interface CommandStart {
  readonly context: CliContext;
  readonly output: Output;
  readonly services: Services;
  /** The directory that the command works in: the context's, or that of `--directory`. */
  readonly cwd: string;
  readonly nix: NixContext;
  readonly ssh: LinkContext;
  /** How to evaluate. */
  readonly evaluation: EvaluationChoice;
  readonly loaded: LoadedFleet;
  /** The selected hosts, at least one, in fleet order. */
  readonly hosts: readonly Host[];
  /** The profiles that the command line names, by host; see `Selection`. */
  readonly chosenProfiles?: ReadonlyMap<string, ReadonlySet<string>>;
  /** True when a selector or a flake's fragment chose them. */
  readonly chosen: boolean;
  readonly interruption: Interruption;
  /** The flags that a further command needs to speak of the same fleet. */
  readonly sameFleet: readonly string[];
}

/** What a command's start is made from. */
export interface StartRequest {
  readonly context: CliContext;
  readonly flags: GlobalFlags & NixFlags & EvaluationFlags & LocalFlag;
  /** The arguments of the command. */
  readonly words: readonly string[];
  readonly interruption: Interruption;
}

/**
 * Reads the fleet and chooses the hosts.
 *
 * @throws FlurryError for whatever is wrong with the command line, the fleet or the selection
 */
export async function startCommand({ context, flags, words, interruption }: StartRequest): Promise<CommandStart> {
  const output = outputFor(context, flags);
  const evaluation = evaluationChoiceOf(flags);
  const services = await context.loadServices();
  const cwd = resolve(context.cwd, flags.directory ?? ".");
  const nix = { cwd, env: context.env, options: nixOptionsOf(flags) };
  const flake = flags.flake ?? nonEmpty(context.env["FLURRY_FLAKE"]);
  const selection = await readSelection({ words, flake, readStdin: context.readStdin });
  const warn = (text: string): void =>
    output.stderr.write(`${output.progressColors.yellow("warning")}: ${plainLine(text)}\n`);
  const loaded = await loadFleet({ cwd, flake: selection.flake, nix, services, signal: interruption.signal, warn });
  const isLocal = flags.local === true;
  const selected = isLocal
    ? [thisMachine(loaded.fleet, selection.words, context)]
    : selectHosts(loaded.fleet.hosts, selection.words);
  const asked = withChosenProfiles(selected, selection.profiles ?? new Map()).map((host) =>
    flags.askSudoPassword === true ? { ...host, deploy: { ...host.deploy, askSudoPassword: true } } : host,
  );
  const own = isLocal ? asked[0] : await ownHost(asked, context);
  const hosts = own === undefined ? asked : asked.map((host) => asCaller(host, own.name, context));
  if (own !== undefined && !isNamed(own, context.hostname))
    warn(`this machine is called ${context.hostname} and is taken for ${own.name}`);
  const sameFleet = [...sameFleetFlags(flags, selection.flake), ...(isLocal ? ["--local"] : [])];
  const ssh = {
    ...sshContext(context, flags, cwd),
    sudoPassword: askOnce(context.askSecret),
    ...(own === undefined ? {} : { localHost: own.name }),
  };
  const chosen = isLocal || selection.words.length > 0;
  const profiles = selection.profiles === undefined ? {} : { chosenProfiles: selection.profiles };
  const parts = { context, output, services, cwd, nix, ssh, evaluation, loaded, hosts, chosen, interruption };
  return { ...parts, ...profiles, sameFleet };
}

function sameFleetFlags({ directory, sshConfig }: GlobalFlags, flake: string | undefined): readonly string[] {
  return [
    ...(directory === undefined ? [] : ["-C", directory]),
    ...(flake === undefined || flake === "." ? [] : ["--flake", flake]),
    ...(sshConfig === undefined ? [] : ["--ssh-config", sshConfig]),
  ];
}

/** How ssh is used: with the user's own configuration unless the command line names another one. */
export function sshContext({ env, cwd: own }: CliContext, flags: GlobalFlags, cwd: string): SshContext {
  const fromEnv = nonEmpty(env["SSH_CONFIG_FILE"]);
  const configFile = flags.sshConfig === undefined ? fromEnv && resolve(own, fromEnv) : resolve(cwd, flags.sshConfig);
  const ssh = { env, cwd, answers: new Map<string, string>() };
  return configFile === undefined ? ssh : { ...ssh, configFile };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
