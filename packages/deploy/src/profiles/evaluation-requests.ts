import { FlurryError } from "@flurry/core";
import type { Emit } from "@flurry/core";
import type { Evaluation, EvaluationRequest } from "@flurry/nix";
import type { Host, Profile } from "@flurry/schema";

// No host has it in its name.
const mark = "#";

/** The name under which Nix is asked for a profile of a host. */
export function profileKey(host: string, profile: string): string {
  return `${host}${mark}${profile}`;
}

/** What to ask Nix for hosts: their systems, and the packages of their profiles. */
export function evaluationRequests(hosts: readonly Host[]): readonly EvaluationRequest[] {
  return hosts.flatMap(({ name, attrPath, keepsSystem, profiles = [] }) => [
    ...(keepsSystem === true ? [] : [{ host: name, attrPath }]),
    ...profiles.map((profile) => ({
      host: profileKey(name, profile.name),
      attrPath: profile.attrPath.slice(0, -1),
      derivationPath: profile.attrPath.slice(-1),
    })),
  ]);
}

/** An evaluation, and whose it is. */
export interface Attributed {
  readonly host: string;
  /** Missing for the host's system. */
  readonly profile?: Profile;
  /** The evaluation under the host's own name. */
  readonly evaluation: Evaluation;
}

/** Says whose an evaluation of {@link evaluationRequests} is. */
export function attributed(evaluation: Evaluation, hosts: readonly Host[]): Attributed {
  const [host = "", name] = evaluation.host.split(mark);
  if (name === undefined) return { host, evaluation };
  const profile = hosts.find((one) => one.name === host)?.profiles?.find((one) => one.name === name);
  if (profile === undefined) return { host, evaluation: { ...evaluation, host } };
  if (evaluation.status === "ok") return { host, profile, evaluation: { ...evaluation, host } };
  return { host, profile, evaluation: { ...evaluation, host, error: profileError(evaluation.error, host, name) } };
}

/** An error of a profile's package as one of its host. */
export function profileError(error: FlurryError, host: string, profile: string): FlurryError {
  const message = `profile ${profile}: ${error.message.replaceAll(profileKey(host, profile), host)}`;
  return FlurryError.fromJSON({ ...error.toJSON(), host, message });
}

/**
 * Hands on the events of Nix. Those of a profile are its host's: what is printed is told, but the steps of a host are
 * those of its system alone.
 */
export function eventsOfHosts(emit: Emit): Emit {
  return (event) => {
    const host = "host" in event ? event.host : undefined;
    if (host === undefined || !host.includes(mark)) return emit(event);
    if (event.kind === "log") emit({ ...event, host: host.slice(0, host.indexOf(mark)) });
  };
}
