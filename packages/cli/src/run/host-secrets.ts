import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";

import { FlurryError } from "@flurry/core";
import type { RunContext } from "@flurry/deploy";
import type { EvaluationSuccess, LockedFlake } from "@flurry/nix";
import type { Host } from "@flurry/schema";
import type { HostSecretProblem, SecretContent } from "@flurry/secrets";

import { count } from "../renderers/measures.ts";

/** The check of the secrets that hosts declare against the files that they come from. */
export interface HostSecretsCheck {
  /** What would keep the host from its secrets. */
  readonly problems: (evaluation: EvaluationSuccess) => Promise<readonly HostSecretProblem[]>;
  /** The same as one error; undefined when there are none. */
  readonly error: (evaluation: EvaluationSuccess) => Promise<FlurryError | undefined>;
  /** How a file is called in the directory of the flake. */
  readonly shown: (file: string) => string;
}

/** Checks hosts of one state of a flake. Each file is read once, and none for hosts without secrets. */
export function hostSecretsCheck(hosts: readonly Host[], flake: LockedFlake): HostSecretsCheck {
  const shown = (file: string): string => shownFile(file, flake);
  const read = readOnce(flake);
  const problems = async (evaluation: EvaluationSuccess): Promise<readonly HostSecretProblem[]> => {
    const { host, secrets } = evaluation;
    if (secrets === undefined) return [];
    // Alone it loads in a third of the time, which every deployment of such a host waits for.
    const { checkHostSecrets } = await import("@flurry/secrets/host");
    const hostKeys = hosts.find(({ name }) => name === host)?.hostKeys ?? [];
    return await checkHostSecrets(secrets, { host, hostKeys, read, shown });
  };
  const error = async (evaluation: EvaluationSuccess): Promise<FlurryError | undefined> =>
    secretsError(await problems(evaluation), shown);
  return { problems, error, shown };
}

/** What a run needs to leave hosts alone whose secrets are not ready; nothing when nobody wants it. */
export function inspectSecrets(
  hosts: readonly Host[],
  flake: LockedFlake,
  { noSecretsCheck = false }: { readonly noSecretsCheck?: boolean | undefined },
): Pick<RunContext, "inspectSystem"> {
  return noSecretsCheck ? {} : { inspectSystem: hostSecretsCheck(hosts, flake).error };
}

function secretsError(
  problems: readonly HostSecretProblem[],
  shown: (file: string) => string,
): FlurryError | undefined {
  const [first, ...others] = problems;
  if (first === undefined) return undefined;
  const more = others.length === 0 ? "" : ` (and ${count(others.length, "more problem")})`;
  return new FlurryError("FLURRY_SECRETS_NOT_READY", `${first.message}${more}`, {
    place: { file: shown(first.file) },
    hint: `${others.length === 0 ? first.hint : "the details tell the way out of each"}; to go on all the same: --no-secrets-check`,
    ...(others.length === 0
      ? {}
      : { details: problems.map(({ message, hint }) => `${message}\n  ${hint}`).join("\n") }),
  });
}

const storeDirectory = "/nix/store/";

/** Files of the flake's source, and of other sources in the store. What is on the host itself cannot be looked at. */
function readOnce({ storePath }: LockedFlake): (file: string) => Promise<SecretContent> {
  const contents = new Map<string, Promise<SecretContent>>();
  return async (file) => {
    const path = join(storePath, file);
    const isOurs = !posix.isAbsolute(file) && path.startsWith(`${storePath}/`);
    if (!isOurs && !file.startsWith(storeDirectory)) return { kind: "elsewhere" };
    // What a derivation will make is not there yet.
    const content = contents.get(file) ?? readContent(isOurs ? path : file, isOurs ? "absent" : "elsewhere");
    contents.set(file, content);
    return await content;
  };
}

async function readContent(path: string, otherwise: "absent" | "elsewhere"): Promise<SecretContent> {
  try {
    return { kind: "content", bytes: await readFile(path) };
  } catch {
    return { kind: otherwise };
  }
}

function shownFile(file: string, { subdirectory = "" }: LockedFlake): string {
  if (posix.isAbsolute(file)) return file.replace(/^\/nix\/store\/[^/]+-source\//, "");
  return posix.relative(subdirectory, file);
}
