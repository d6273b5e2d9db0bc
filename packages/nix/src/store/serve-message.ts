import { createHash } from "node:crypto";

import type { StorePath } from "@flurry/core";

import { narOf } from "./nar.ts";
import type { PathInfo } from "./path-info.ts";
import { wire, wireList } from "./wire.ts";

const magic = 0x390c9deb;
/** Of the protocol; 2.5 is the first that takes a path in one message. */
const version = (2 << 8) | 5;
const addToStore = 9;
/** What is said to a path that was taken. */
const taken = "\u0001" + "\0".repeat(7);

/**
 * Everything that `nix-store --serve --write` on another machine has to read so that paths get into its store. It says
 * nothing on the way that would have to be waited for, so that one command with this as its input is a whole copy.
 * What they refer to has to be there already, or among them.
 *
 * Undefined where only Nix itself can do it: when a path is not in this disk's store as the store said, or the store did
 * not say all of it.
 *
 * @param paths - few megabytes, which are all held in memory
 */
export async function serveMessage(paths: readonly PathInfo[]): Promise<Buffer | undefined> {
  const message: Buffer[] = [wire(magic, version)];
  for (const info of referencesFirst(paths)) {
    const one = messageOf(info);
    if (one === undefined) return undefined;
    message.push(...one);
    // Others get their turn: a path is read in one go.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  return Buffer.concat(message);
}

/** Whether an answer to {@link serveMessage} says that every path was taken. */
export function areTaken(answer: string, paths: readonly PathInfo[]): boolean {
  return answer.endsWith(taken.repeat(paths.length));
}

function messageOf({ path, narHash, narSize, references, origin }: PathInfo): readonly Buffer[] | undefined {
  if (narHash === undefined || origin === undefined) return undefined;
  const nar = archiveOf(path);
  if (nar === undefined || nar.length !== narSize) return undefined;
  const hash = createHash("sha256").update(nar);
  const hex = hash.copy().digest("hex");
  if (narHash !== `sha256-${hash.digest("base64")}`) return undefined;
  const { deriver = "", signatures, contentAddress = "", registeredAt } = origin;
  return [
    wire(addToStore, path, deriver, hex),
    wireList(references),
    // What is sent was not built there.
    wire(registeredAt, narSize, false),
    wireList(signatures),
    wire(contentAddress),
    nar,
  ];
}

function archiveOf(path: StorePath): Buffer | undefined {
  try {
    return narOf(path);
  } catch {
    // Nix may have another store than this disk's.
    return undefined;
  }
}

/** A store takes a path when it has all that the path refers to. */
function referencesFirst(paths: readonly PathInfo[]): readonly PathInfo[] {
  const left = new Map(paths.map((info) => [info.path, info]));
  const sorted: PathInfo[] = [];
  const visit = (info: PathInfo): void => {
    left.delete(info.path);
    for (const reference of info.references) {
      const next = left.get(reference);
      if (next !== undefined) visit(next);
    }
    sorted.push(info);
  };
  for (const info of paths) if (left.has(info.path)) visit(info);
  return sorted;
}
