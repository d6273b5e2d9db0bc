import { buildPlace } from "../fleet/build-place.ts";
import { deployDefaults, sudoFor } from "../fleet/deploy-options.ts";
import type { DeployOptions, UnreachablePolicy } from "../fleet/deploy-options.ts";
import { parseDuration } from "../fleet/duration.ts";
import type { DeployInput } from "./schema/deploy.ts";

/** What a host says about its deployment, completed by what the fleet says and what Flurry assumes. */
export function resolveDeploy(
  host: DeployInput,
  defaults: DeployInput,
  options: { readonly unreachable: UnreachablePolicy },
): DeployOptions {
  const given = over(defaults, host);
  return {
    ...connection(given),
    ...timeouts(given),
    ...policies(given),
    sshOptions: [...(defaults.sshOptions ?? []), ...(host.sshOptions ?? [])],
    identityFiles: identityFiles(host) ?? identityFiles(defaults) ?? deployDefaults.identityFiles,
    unreachable: given.unreachable ?? options.unreachable,
  };
}

function connection(
  given: DeployInput,
): Pick<DeployOptions, "sshUser" | "user" | "sudo" | "sshPort" | "jump" | "hostKeyPolicy" | "local"> {
  const user = given.user ?? deployDefaults.user;
  return {
    sshUser: given.sshUser,
    user,
    sudo: sudoWords(given.sudo) ?? sudoFor(user),
    ...(given.port === undefined ? {} : { sshPort: given.port }),
    ...(given.jump === undefined ? {} : { jump: given.jump }),
    ...(given.hostKeyPolicy === undefined ? {} : { hostKeyPolicy: given.hostKeyPolicy }),
    ...(given.local === undefined || given.local === false
      ? {}
      : { local: given.local === "only" ? "only" : "allowed" }),
  };
}

function timeouts(given: DeployInput): Pick<DeployOptions, "confirmTimeoutMs" | "activationTimeoutMs"> {
  return {
    confirmTimeoutMs: durationMs(given.confirmTimeout) ?? deployDefaults.confirmTimeoutMs,
    activationTimeoutMs: durationMs(given.activationTimeout) ?? deployDefaults.activationTimeoutMs,
  };
}

function policies(
  given: DeployInput,
): Pick<
  DeployOptions,
  | "substituteOnDestination"
  | "magicRollback"
  | "autoRollback"
  | "unitFailurePolicy"
  | "checkSignatures"
  | "lostContact"
  | "confirmVia"
  | "askSudoPassword"
  | "replaceUnknownProfiles"
  | "buildOn"
> {
  return {
    substituteOnDestination: given.substituteOnDestination ?? deployDefaults.substituteOnDestination,
    magicRollback: given.magicRollback ?? deployDefaults.magicRollback,
    autoRollback: given.autoRollback ?? deployDefaults.autoRollback,
    unitFailurePolicy: given.unitFailure ?? deployDefaults.unitFailurePolicy,
    checkSignatures: given.checkSignatures ?? deployDefaults.checkSignatures,
    buildOn: given.buildOn === undefined ? deployDefaults.buildOn : buildPlace(given.buildOn),
    lostContact: given.lostContact ?? deployDefaults.lostContact,
    confirmVia: given.confirmVia ?? deployDefaults.confirmVia,
    askSudoPassword: given.askSudoPassword ?? deployDefaults.askSudoPassword,
    ...(given.replaceUnknownProfiles === false ? { replaceUnknownProfiles: false } : {}),
  };
}

/** A key that is undefined in the host's mapping (a fleet.config.ts may compute it) says nothing. */
function over(defaults: DeployInput, host: DeployInput): DeployInput {
  const said = Object.entries(host).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(said) };
}

function identityFiles(deploy: DeployInput): readonly string[] | undefined {
  return deploy.identityFile === undefined ? deploy.identityFiles : [deploy.identityFile];
}

function sudoWords(sudo: DeployInput["sudo"]): readonly string[] | undefined {
  return typeof sudo === "string" ? sudo.trim().split(/\s+/) : sudo;
}

/**
 * A duration that the schema has checked, in milliseconds.
 *
 * @throws RangeError when it was not checked
 */
export function durationMs(value: string | number | undefined): number | undefined {
  if (value === undefined) return undefined;
  const parsed = parseDuration(value);
  if (!parsed.ok) throw new RangeError(parsed.message);
  return parsed.ms;
}
