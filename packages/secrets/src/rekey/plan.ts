import { inTurn } from "../files/in-turn.ts";
import { ageDrift, sopsDrift } from "../policy/file-drift.ts";
import type { FileDrift } from "../policy/file-drift.ts";
import { listFiles } from "../policy/list-files.ts";
import type { ListFilesOptions } from "../policy/list-files.ts";
import { ruleFor } from "../policy/policy.ts";
import type { Policy, PolicyRule } from "../policy/policy.ts";
import { inspectFile } from "../policy/secret-file.ts";
import type { SecretFile } from "../policy/secret-file.ts";
import { requireUsablePolicy } from "../policy/usable-policy.ts";

/** An encrypted file and how it compares with the policy. */
export interface PolicyFile {
  /** Relative to the policy's root, with `/`. */
  readonly path: string;
  readonly file: SecretFile;
  /** The rule that decides; undefined where none covers the file. */
  readonly rule: PolicyRule | undefined;
  /** Undefined for what is not encrypted, cannot be read or has no rule. */
  readonly drift: FileDrift | undefined;
}

/** What a rekeying will do. */
export interface RekeyPlan {
  readonly policy: Policy;
  /** Every file of secrets, in the order of their paths. */
  readonly files: readonly PolicyFile[];
  /** The files whose recipients differ from the policy. */
  readonly drifted: readonly PolicyFile[];
  /** Age files of which it cannot be told; see {@link FileDrift}. */
  readonly unknown: readonly PolicyFile[];
}

/** Which files are looked at. */
export interface PlanOptions extends ListFilesOptions {
  /** Only these, relative to the policy's root. Default: all of the repository. */
  readonly files?: readonly string[];
  /**
   * Only the files that have one of these names or lie in a folder that has; the others are not read. What is no such
   * file is looked at as one of {@link files}.
   */
  readonly within?: readonly string[];
}

/**
 * Finds the files of secrets below a policy's root and compares each with its rule. Needs no key.
 *
 * @throws FlurryError FLURRY_ABORTED
 */
export async function readPolicyFiles(policy: Policy, options: PlanOptions = {}): Promise<PolicyFile[]> {
  if (options.within !== undefined) return await readWithin(policy, options.within, options);
  return await readPaths(policy, options.files ?? (await allPaths(policy, options)), options);
}

/** What is there, and what rules name one by one. */
async function allPaths(policy: Policy, options: PlanOptions): Promise<string[]> {
  const named = policy.backend === "agenix" ? policy.rules.map(({ name }) => name) : [];
  return [...(await listFiles(policy.root, options)), ...named];
}

async function readPaths(
  policy: Policy,
  listed: readonly string[],
  { files, signal }: PlanOptions,
): Promise<PolicyFile[]> {
  const paths = [...new Set(listed)].toSorted();
  const found = await inTurn(paths, (path) => {
    signal?.throwIfAborted();
    return policyFile(policy, path, files !== undefined);
  });
  return found.filter((file) => file !== undefined);
}

async function readWithin(policy: Policy, names: readonly string[], options: PlanOptions): Promise<PolicyFile[]> {
  const isIn = (path: string, name: string): boolean => name === "" || path === name || path.startsWith(`${name}/`);
  const chosen = (await allPaths(policy, options)).filter((path) => names.some((name) => isIn(path, name)));
  const found = await readPaths(policy, chosen, options);
  const others = names.filter((name) => !found.some(({ path }) => isIn(path, name)));
  return [...found, ...(await readPaths(policy, others, { ...options, files: others }))];
}

function policyFile(policy: Policy, path: string, asked: boolean): PolicyFile | undefined {
  const rule = ruleFor(policy, path);
  const expected = asked || (rule !== undefined && rule.covers !== "everything" && !isNoSecret(path));
  const file = inspectFile(policy.root, path, { expected });
  if (file === undefined || (file.kind === "plain" && !expected && rule === undefined)) return undefined;
  return { path, file, rule, drift: rule === undefined ? undefined : driftOf(policy, rule, file) };
}

/** Files beside secrets that nobody encrypts, which a rule for a whole folder covers as well. */
export function isNoSecret(path: string): boolean {
  return /(?:\.(?:nix|md|pub|lock|gitkeep|gitignore|gitattributes|sops\.ya?ml|sh|ts|js|mjs|py|age-plugin)|\/(?:README|LICENSE|Makefile|justfile))$/i.test(
    `/${path}`,
  );
}

function driftOf(policy: Policy, rule: PolicyRule, file: SecretFile): FileDrift | undefined {
  switch (file.kind) {
    case "sops":
      return sopsDrift(policy, rule, file.file);
    case "age":
      return ageDrift(policy, rule, file.inspection);
    case "plain":
    case "unreadable":
    case "link":
    case "absent":
      return undefined;
  }
}

/**
 * Says what a rekeying would do: which files differ from the policy, and how. Needs no key.
 *
 * @throws FlurryError FLURRY_POLICY_INVALID for a policy that does not say what it seems to, FLURRY_ABORTED
 */
export async function planRekey(policy: Policy, options: PlanOptions = {}): Promise<RekeyPlan> {
  return planOf(policy, await readPolicyFiles(policy, options));
}

/**
 * {@link planRekey} of files that are read already.
 *
 * @throws FlurryError FLURRY_POLICY_INVALID for a policy that does not say what it seems to
 */
export function planOf(policy: Policy, files: readonly PolicyFile[]): RekeyPlan {
  requireUsablePolicy(policy);
  return {
    policy,
    files,
    drifted: files.filter(({ drift }) => drift?.status === "drifted"),
    unknown: files.filter(({ drift }) => drift?.status === "unknown"),
  };
}
