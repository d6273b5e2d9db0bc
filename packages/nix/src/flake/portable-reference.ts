import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** A flake reference and the directory to use it in. */
export interface PortableReference {
  readonly ref: string;
  readonly cwd: string;
}

/**
 * A reference that every version of nix takes: until 2.19 the path of a directory was read as a URL, in which a blank or an
 * umlaut is an error. References that are no such path are returned as they are, but for blanks, which no URL can have.
 */
export function portableReference(ref: string, cwd: string): PortableReference {
  const path = /^(path:)?(\.{0,2}(?:\/[^?#]*)?|\.{1,2})$/.exec(ref);
  if (path === null) return { ref: isUrl(ref) ? ref.replaceAll(" ", "%20") : ref, cwd };
  const [, scheme, words = ""] = path;
  const directory = resolve(cwd, words);
  if (words === "" || isPlain(directory) || !existsSync(directory)) return { ref, cwd };
  if (scheme !== undefined) return { ref: "path:.", cwd: directory };
  return gitReference(directory, cwd) ?? { ref: "path:.", cwd: directory };
}

/** What nix makes of the path of a directory in a git tree: the tree, and where in it the nearest flake is. */
function gitReference(directory: string, cwd: string): PortableReference | undefined {
  const top = nearest(directory, ".git");
  if (top === undefined) return undefined;
  const inside = nearest(directory, "flake.nix");
  const subdirectory = inside === undefined ? "" : relative(top, inside);
  const query = [
    ...(subdirectory === "" || subdirectory.startsWith("..") ? [] : [`dir=${encode(subdirectory)}`]),
    ...(existsSync(join(top, ".git/shallow")) ? ["shallow=1"] : []),
  ].join("&");
  return { ref: `git+file://${encode(top)}${query === "" ? "" : `?${query}`}`, cwd };
}

/** The directory itself or the first one above it in which there is something of this name. */
function nearest(directory: string, name: string): string | undefined {
  if (existsSync(join(directory, name))) return directory;
  const above = dirname(directory);
  return above === directory ? undefined : nearest(above, name);
}

function isPlain(path: string): boolean {
  return /^[\w./~!$&'()*+,;=:@-]*$/.test(path);
}

function isUrl(ref: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(ref);
}

function encode(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
