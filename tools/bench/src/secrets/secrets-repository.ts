import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

import { tempDir } from "@flurry/core";
import { ageWrapper, encryptSops } from "@flurry/secrets";
import { generateX25519Identity, identityToRecipient } from "age-encryption";

/** How large a repository of secrets is. */
export interface SecretsSize {
  readonly files: number;
  /** Values a file. */
  readonly values: number;
  /** Recipients by the policy; the files lack the last of them. */
  readonly recipients: number;
}

/** A repository of secrets whose policy names one reader more than its files do. */
export interface SecretsRepository extends AsyncDisposable {
  /** The names of its files, relative to a copy. */
  readonly files: readonly string[];
  /** With the private key of the first reader, and with sops on the path. */
  readonly env: NodeJS.ProcessEnv;
  /**
   * Makes a new copy. Those before stay to the end: where a thousand files were just removed, some file systems take much
   * longer to make others, which only a contender that makes files would feel.
   *
   * @returns its folder
   */
  copy(): Promise<string>;
  /** How many recipients the last file of a copy has. */
  recipients(directory: string): Promise<number>;
}

/** Makes a repository of secrets. */
export async function makeSecretsRepository({ files, values, recipients }: SecretsSize): Promise<SecretsRepository> {
  const dir = await tempDir("flurry-bench-secrets");
  const identities = await Promise.all(Array.from({ length: recipients }, () => generateX25519Identity()));
  const keys = await Promise.all(identities.map((identity) => identityToRecipient(identity)));
  const original = join(dir.path, "original");
  let copies = 0;
  await mkdir(join(original, "secrets"), { recursive: true });
  await writeFile(
    join(original, ".sops.yaml"),
    `creation_rules:\n  - path_regex: ^secrets/\n    age: ${keys.join(",")}\n`,
  );
  const wrappers = keys.slice(0, -1).map((key) => ageWrapper(key));
  const names = Array.from({ length: files }, (_, index) => `secrets/f${index}.yaml`);
  const lines = Array.from({ length: values }, (_, index) => `key${index}: the secret value of number ${index}\n`);
  for (const name of names) {
    const options = { format: "yaml", groups: [wrappers], now: new Date() } as const;
    await writeFile(join(original, name), await encryptSops(Buffer.from(lines.join("")), options));
  }
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "flurry-interop", "bin");
  return {
    files: names,
    env: {
      ...process.env,
      HOME: dir.path,
      XDG_CONFIG_HOME: dir.path,
      SOPS_AGE_KEY: identities[0],
      PATH: [process.env["PATH"] ?? "", cache].join(delimiter),
    },
    copy: async () => {
      const directory = join(dir.path, `copy-${++copies}`);
      await cp(original, directory, { recursive: true });
      return directory;
    },
    recipients: async (directory) => {
      const text = await readFile(join(directory, names.at(-1) ?? ""), "utf8");
      return [...text.matchAll(/recipient: age1/g)].length;
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
