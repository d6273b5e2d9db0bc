import { FlurryError, shellQuote } from "@flurry/core";

import { classify } from "../policy/secret-file.ts";
import { parseSops } from "../sops/document.ts";
import type { SopsFile } from "../sops/document.ts";
import { grouped } from "./grouped.ts";
import type {
  AgenixSecrets,
  HostSecretProblem,
  HostSecrets,
  SecretContent,
  SopsNixSecret,
  SopsNixSecrets,
} from "./host-secrets.ts";
import { missingKey } from "./missing-key.ts";
import { agenixOpens, sopsNixOpens } from "./opens-file.ts";

/** What a host's secrets are held against. */
export interface CheckHostSecretsOptions {
  /** The name of the host, for hints. */
  readonly host: string;
  /** The host's public ssh keys; without any nobody can tell which files it opens. */
  readonly hostKeys: readonly string[];
  /** Reads a file as it is declared. */
  readonly read: (file: string) => Promise<SecretContent>;
  /**
   * How a file is called where the commands of the hints are given.
   *
   * @default as it is declared
   */
  readonly shown?: (file: string) => string;
}

interface DeclaredFile<Secret> {
  /** As it is shown. */
  readonly shown: string;
  readonly secrets: readonly [Secret, ...Secret[]];
}

type Problem = Omit<HostSecretProblem, "file" | "secrets"> & { readonly secrets?: readonly string[] };

/**
 * Finds what would keep a host from its secrets: files that are not there or not encrypted, keys that they do not have, and
 * files that the host's key does not open. Needs no private key.
 *
 * @returns in the order in which the configuration declares the files
 */
export async function checkHostSecrets(
  declared: HostSecrets,
  options: CheckHostSecretsOptions,
): Promise<readonly HostSecretProblem[]> {
  const { sops, age } = declared;
  return [
    ...(sops === undefined ? [] : await checkFiles(sops.secrets, options, (...file) => sopsProblems(sops, ...file))),
    ...(age === undefined ? [] : await checkFiles(age.secrets, options, (...file) => ageProblems(age, ...file))),
  ];
}

async function checkFiles<Secret extends { readonly name: string; readonly file: string }>(
  secrets: readonly Secret[],
  options: CheckHostSecretsOptions,
  problemsOf: (file: DeclaredFile<Secret>, bytes: Uint8Array, options: CheckHostSecretsOptions) => readonly Problem[],
): Promise<readonly HostSecretProblem[]> {
  const { read, shown = (file) => file } = options;
  const files = [...grouped(secrets, ({ file }) => file)];
  const found = await Promise.all(
    files.map(async ([file, ofFile]): Promise<readonly HostSecretProblem[]> => {
      const one = { shown: shown(file), secrets: ofFile };
      const content = await read(file);
      if (content.kind === "elsewhere") return [];
      const problems = content.kind === "absent" ? [absent(one)] : problemsOf(one, content.bytes, options);
      const names = one.secrets.map(({ name }) => name);
      return problems.map((problem) => ({ secrets: names, ...problem, file }));
    }),
  );
  return found.flat();
}

function absent({ shown, secrets: [{ name }] }: DeclaredFile<{ readonly name: string }>): Problem {
  const word = shellQuote(shown);
  return {
    kind: "file-missing",
    message: `there is no ${shown}, from which the secret ${name} is to come`,
    hint: `make it with flurry secrets set ${word}; if it is there, git does not know it: git add -N ${word}`,
  };
}

function sopsProblems(
  host: SopsNixSecrets,
  { shown, secrets }: DeclaredFile<SopsNixSecret>,
  bytes: Uint8Array,
  { host: name, hostKeys }: CheckHostSecretsOptions,
): readonly Problem[] {
  const [{ format }] = secrets;
  const file = parsed(() => parseSops(bytes, { format, file: shown }));
  if (file instanceof FlurryError) return [unreadable(shown, file)];
  const opens = sopsNixOpens(file.metadata, host, hostKeys);
  return [...(opens === "no" ? [notForHost(shown, name)] : []), ...missingKeys(file, shown, secrets)];
}

function missingKeys(file: SopsFile, shown: string, secrets: readonly SopsNixSecret[]): readonly Problem[] {
  return [...grouped(secrets, ({ key }) => key)].flatMap(([key, same]): readonly Problem[] => {
    const missing = missingKey(file, { key, shown });
    return missing === undefined
      ? []
      : [{ kind: "key-missing", key, secrets: same.map(({ name }) => name), ...missing }];
  });
}

function ageProblems(
  host: AgenixSecrets,
  { shown }: DeclaredFile<{ readonly name: string }>,
  bytes: Uint8Array,
  { host: name, hostKeys }: CheckHostSecretsOptions,
): readonly Problem[] {
  const file = classify(shown, bytes, { expected: true });
  if (file.kind === "unreadable") return [unreadable(shown, file.error)];
  if (file.kind !== "age") return [notEncrypted(shown, "age")];
  return agenixOpens(file.inspection, host, hostKeys) === "no" ? [notForHost(shown, name)] : [];
}

function parsed(parse: () => SopsFile): SopsFile | FlurryError {
  try {
    return parse();
  } catch (error) {
    return FlurryError.from(error);
  }
}

function unreadable(shown: string, error: FlurryError): Problem {
  if (error.code === "FLURRY_SOPS_NOT_ENCRYPTED") return notEncrypted(shown, "SOPS");
  return { kind: "unreadable", message: `${shown} cannot be read: ${error.message}`, hint: error.hint ?? damaged };
}

const damaged = "take it from an earlier revision: git log -p -- FILE";

function notEncrypted(shown: string, by: "SOPS" | "age"): Problem {
  const message = `${shown} is not encrypted with ${by}`;
  return { kind: "not-encrypted", message, hint: `flurry secrets encrypt --in-place ${shellQuote(shown)}` };
}

function notForHost(shown: string, host: string): Problem {
  return {
    kind: "not-for-host",
    message: `${shown} is not encrypted for the pinned host key of ${host}`,
    hint: `flurry secrets rekey ${shellQuote(shown)}; if the rules do not let ${host} read it: flurry secrets add-host ${host}`,
  };
}
