import { matchStanza } from "../age/recipient-tags.ts";
import { parseRecipient } from "../age/recipient.ts";
import { canonicalKey } from "../policy/policy-key.ts";
import type { Reader } from "../policy/policy.ts";
import { classify, inspectFile } from "../policy/secret-file.ts";
import type { SecretFile } from "../policy/secret-file.ts";
import { isSealed } from "../sops/cipher.ts";
import type { SopsFile } from "../sops/document.ts";
import { compileSelector } from "../sops/selection.ts";
import { keyList, walk } from "../sops/walk.ts";
import { readBlobs, versionsInGit } from "./git-history.ts";
import type { FileVersion, GitOptions } from "./git-history.ts";

/** A value that somebody could read at some time. */
export interface ExposedValue {
  /** The file, relative to the root. */
  readonly path: string;
  /** The keys on the way to the value, joined by dots; undefined for a file that is one value. */
  readonly value: string | undefined;
  /** The first and the last commit in which they could read it. */
  readonly since: { readonly commit: string; readonly at: string };
  readonly until: { readonly commit: string; readonly at: string };
  /**
   * `same`: it is still in use, which its ciphertext proves. `other`: it was changed since, which is proven as well.
   * `unknown`: the file has another data key since, and only who can open both knows. `gone`: it is no more.
   */
  readonly now: "same" | "other" | "unknown" | "gone";
  /** False where an age file has anonymous recipients, of whom they may be one. */
  readonly certain: boolean;
}

/**
 * Every value that a reader could ever read, from the whole history of a git repository: what they know whatever is
 * rekeyed now, and so what has to be changed where it comes from. Needs no key.
 *
 * @param root - the absolute folder of the files
 * @returns undefined when there is no git repository
 */
export async function exposureOf(
  root: string,
  reader: Reader,
  options: GitOptions = {},
): Promise<ExposedValue[] | undefined> {
  const versions = await versionsInGit(root, (path) => !/\.(?:nix|md|ts|js|lock|png|jpg|svg)$/.test(path), options);
  if (versions === undefined) return undefined;
  const contents = await readBlobs(
    root,
    versions.map(({ blob }) => blob),
    options,
  );
  const found = new Map<string, Sighting[]>();
  for (const version of versions) {
    const content = contents.get(version.blob);
    if (content === undefined) continue;
    for (const sighting of sightingsIn(version, classify(version.path, content, { expected: false }), reader)) {
      const name = `${sighting.version.path}\0${sighting.value ?? ""}`;
      found.set(name, [...(found.get(name) ?? []), sighting]);
    }
  }
  const current = new Map<string, CurrentFile>();
  const exposed: ExposedValue[] = [];
  for (const sightings of found.values()) {
    const [last] = sightings;
    const first = sightings.at(-1);
    if (last === undefined || first === undefined) continue;
    const { path } = last.version;
    const now = current.get(path) ?? currentFile(root, path);
    current.set(path, now);
    exposed.push({
      path,
      value: last.value,
      since: { commit: first.version.commit, at: first.version.at },
      until: { commit: last.version.commit, at: last.version.at },
      now: stateNow(sightings, now),
      certain: sightings.some(({ certain }) => certain),
    });
  }
  return exposed.toSorted((one, other) => (one.path === other.path ? 0 : one.path < other.path ? -1 : 1));
}

/** A value in one version of a file that the reader could open. */
interface Sighting {
  readonly version: FileVersion;
  readonly value: string | undefined;
  /** The value as it stands there; of an age file its blob. */
  readonly sealed: string;
  readonly certain: boolean;
}

function sightingsIn(version: FileVersion, file: SecretFile, reader: Reader): Sighting[] {
  if (file.kind === "sops") {
    const own = new Set(reader.keys.map(canonicalKey));
    if (!file.file.metadata.groups.flat().some((key) => own.has(canonicalKey(key)))) return [];
    return [...sealedValues(file.file)].map(([value, sealed]) => ({ version, value, sealed, certain: true }));
  }
  if (file.kind !== "age") return [];
  const matches = reader.keys
    .filter(({ type }) => type === "age")
    .flatMap(({ id }) => {
      const recipient = parseRecipient(id);
      return file.inspection.recipients.map((stanza) => matchStanza(stanza, recipient));
    });
  if (!matches.some((match) => match === "yes" || match === "unknown")) return [];
  return [{ version, value: undefined, sealed: version.blob, certain: matches.includes("yes") }];
}

/** The encrypted values of a file by their paths. */
function sealedValues({ parsed, metadata, format }: SopsFile): ReadonlyMap<string | undefined, string> {
  const values = new Map<string | undefined, string>();
  walk(parsed.documents, compileSelector(metadata.selector), ({ node, selected, keys }) => {
    if (node.kind !== "leaf" || !selected || node.value.kind !== "str" || !isSealed(node.value.value)) return;
    const path = format === "binary" ? undefined : keyList(keys).join(".");
    // Items of a list have one path; one text stands for all of them.
    values.set(path, `${values.get(path) ?? ""}${node.value.value}\n`);
  });
  return values;
}

interface CurrentFile {
  readonly values: ReadonlyMap<string | undefined, string>;
  /** Whether the file itself is there, encrypted or not. */
  readonly isThere: boolean;
}

function currentFile(root: string, path: string): CurrentFile {
  const file = inspectFile(root, path, { expected: true });
  if (file?.kind === "sops") return { values: sealedValues(file.file), isThere: true };
  const isThere = file !== undefined && file.kind !== "absent";
  return { values: new Map(), isThere };
}

function stateNow(sightings: readonly Sighting[], { values, isThere }: CurrentFile): ExposedValue["now"] {
  const [last] = sightings;
  if (!isThere || last === undefined) return "gone";
  // Of an age file nothing tells what is inside.
  if (/^[0-9a-f]+$/.test(last.sealed)) return "unknown";
  const now = values.get(last.value);
  if (now === undefined) return "gone";
  const known = sightings.map(({ sealed }) => partsOf(sealed));
  const current = partsOf(now);
  // sops and Flurry keep the initialisation vector of a value that stays.
  if (known.some(({ ivs, data }) => ivs === current.ivs || data === current.data)) return "same";
  return known.every(({ lengths }) => lengths !== current.lengths) ? "other" : "unknown";
}

interface SealedParts {
  readonly ivs: string;
  readonly data: string;
  /** Encryption keeps the length of what it encrypts. */
  readonly lengths: string;
}

function partsOf(sealed: string): SealedParts {
  const matches = [...sealed.matchAll(/data:([^,]*),iv:([^,]*),tag:([^,]*),/g)];
  return {
    ivs: matches.map((match) => match[2]).join(),
    data: matches.map((match) => `${match[1]} ${match[3]}`).join(),
    lengths: matches.map((match) => match[1]?.length).join(),
  };
}
