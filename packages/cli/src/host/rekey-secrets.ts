import type { Fleet } from "@flurry/schema";
import {
  canonicalKey,
  findIdentities,
  fleetPolicy,
  gpgOpener,
  gpgWrapper,
  planRekey,
  prepareRekey,
  unlockIdentities,
} from "@flurry/secrets";
import type { PolicyFile, RekeyKeys } from "@flurry/secrets";

import type { CliContext } from "../context.ts";
import type { FileChange } from "../fleet-repository/file-changes.ts";
import { pathInRepository, repositoryFiles } from "../fleet-repository/repository-files.ts";

/** The fleet before and after a host came or went. */
export interface RekeyRequest {
  readonly host: string;
  readonly before: Fleet;
  readonly after: Fleet;
  /** The repository. */
  readonly directory: string;
  readonly fleetFile: string;
  readonly context: Pick<CliContext, "env" | "now" | "askSecret">;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Keys the files anew that a host may read from now on, or may no longer read, in memory: all of them or none. A file that
 * loses a reader gets a new data key.
 *
 * @throws FlurryError FLURRY_REKEY_FAILED where no private key at hand opens a file; FLURRY_ABORTED
 */
export async function rekeyedSecrets(request: RekeyRequest): Promise<readonly FileChange[]> {
  const { host, before, after, directory, fleetFile: path, context, signal } = request;
  const sopsYaml = repositoryFiles(directory)(".sops.yaml");
  const place = { root: directory, path, ...(sopsYaml === undefined ? {} : { sopsYaml }) };
  const [old, policy] = [fleetPolicy(before, place), fleetPolicy(after, place)];
  if (old === undefined || policy === undefined) return [];
  const plan = await planRekey(policy, { signal });
  const reader = old.readers.find(({ name, kind }) => name === host && kind === "host");
  const gone = policy.readers.some(({ name }) => name === host) ? [] : (reader?.keys ?? []);
  const goneKeys = new Set(gone.map(canonicalKey));
  const concerns = ({ drift }: PolicyFile): boolean =>
    drift?.missing.some((one) => one.reader === host) === true ||
    drift?.extra.some(({ key }) => key !== undefined && goneKeys.has(canonicalKey(key))) === true;
  const drifted = plan.drifted.filter(concerns);
  if (drifted.length === 0) return [];
  const options = { now: new Date(context.now()), signal };
  const { writes } = await prepareRekey({ ...plan, drifted, unknown: [] }, ownKeys(request), options);
  return writes.map((write): FileChange => {
    const inside = pathInRepository(directory, write.path) ?? write.path;
    return { kind: "write", path: inside, content: write.after };
  });
}

/** The private keys of whoever runs this, where sops and agenix look for them. */
function ownKeys({ directory, context, warn, signal }: RekeyRequest): RekeyKeys {
  const { env } = context;
  const askPassphrase = async ({ what, attempt }: { readonly what: string; readonly attempt: number }) =>
    await context.askSecret(`${attempt === 1 ? "" : "That was wrong. "}Passphrase of ${what}`, signal);
  return {
    identities: [],
    unlock: async () =>
      await unlockIdentities(await findIdentities({ env, cwd: directory, warn, signal }), {
        askPassphrase,
        signal,
        env,
      }),
    openers: [gpgOpener({ env, cwd: directory, signal })],
    pgpWrapper: (fingerprint) => gpgWrapper(fingerprint, { env, cwd: directory, signal }),
  };
}
