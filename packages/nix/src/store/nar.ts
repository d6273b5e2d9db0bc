import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

import { FlurryError } from "@flurry/core";

import { piecesOf } from "./wire.ts";
import type { WireValue } from "./wire.ts";

/**
 * Writes a file, a symbolic link or a directory with all that is in it as a Nix archive. It is read in one go, so that it
 * should be small.
 *
 * @throws Error of node:fs; FlurryError FLURRY_STORE_PATH_INVALID for what no store can hold, as a socket
 * @see https://nix.dev/manual/nix/latest/protocols/nix-archive
 */
export function narOf(path: string): Buffer {
  const pieces: Uint8Array[] = [];
  const write = (...values: readonly WireValue[]): void => {
    for (const value of values) pieces.push(...piecesOf(value));
  };
  write("nix-archive-1");
  writeNode(Buffer.from(path), write);
  return Buffer.concat(pieces);
}

function writeNode(path: Buffer, write: (...values: readonly WireValue[]) => void): void {
  const found = lstatSync(path);
  write("(", "type");
  if (found.isFile()) {
    // Nix asks whether the owner may execute it.
    const isExecutable = (found.mode & 0o100) !== 0;
    write("regular", ...(isExecutable ? ["executable", ""] : []), "contents", readFileSync(path));
  } else if (found.isSymbolicLink()) write("symlink", "target", readlinkSync(path, "buffer"));
  else if (found.isDirectory()) {
    write("directory");
    // In the order of their bytes.
    for (const name of readdirSync(path, "buffer").toSorted((a, b) => a.compare(b))) {
      write("entry", "(", "name", name, "node");
      writeNode(Buffer.concat([path, slash, name]), write);
      write(")");
    }
  } else throw new FlurryError("FLURRY_STORE_PATH_INVALID", `${path.toString()} is neither file, link nor directory`);
  write(")");
}

const slash = Buffer.from("/");
