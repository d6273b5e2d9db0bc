import type { LockNode, LockReference } from "./lock-file.ts";

/** A reference as people write it: `github:NixOS/nixpkgs/nixos-24.11`. */
export function referenceText(reference: LockReference): string {
  const { type } = reference;
  const at = (name: string): string => String(reference[name] ?? "");
  const tail = [reference["ref"], reference["rev"]].find((part) => part !== undefined);
  const dir = reference["dir"] === undefined ? "" : `?dir=${at("dir")}`;
  switch (type) {
    case "github":
    case "gitlab":
    case "sourcehut":
      return `${type}:${at("owner")}/${at("repo")}${tail === undefined ? "" : `/${String(tail)}`}${dir}`;
    case "indirect":
      return `${at("id")}${tail === undefined ? "" : `/${String(tail)}`}${dir}`;
    case "path":
      return `path:${at("path")}`;
    case "git":
    case "hg":
      return `${at("url").startsWith(`${type}+`) ? "" : `${type}+`}${at("url")}${tail === undefined ? "" : `?ref=${String(tail)}`}`;
    default:
      return at("url") === "" ? type : at("url");
  }
}

/** What a node pins, in short: seven digits of the revision, or the beginning of the hash. */
export function shortRevision({ locked }: LockNode): string | undefined {
  const rev = locked?.["rev"];
  if (typeof rev === "string") return rev.slice(0, 7);
  const narHash = locked?.["narHash"];
  return typeof narHash === "string" ? narHash.slice(0, 15) : undefined;
}

/** When what a node pins was last changed, in milliseconds since the epoch. */
export function lastModifiedMs({ locked }: LockNode): number | undefined {
  const seconds = locked?.["lastModified"];
  return typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined;
}

/** What a node is, whatever its revision: `github:nixos/nixpkgs`. Equal for two pins of one project. */
export function projectOf({ locked, original }: LockNode): string | undefined {
  const reference = locked ?? original;
  if (reference === undefined) return undefined;
  const { owner, repo, url, dir } = reference;
  const below = dir === undefined ? "" : `?dir=${String(dir)}`;
  if (owner !== undefined && repo !== undefined)
    return `${reference.type}:${String(owner)}/${String(repo)}${below}`.toLowerCase();
  if (typeof url === "string") return `${plainUrl(url)}${below}`;
  return undefined;
}

/** A git url of a forge is the same project as its shorthand. */
function plainUrl(url: string): string {
  const forge =
    /^(?:git\+)?(?:https|ssh):\/\/(?:git@)?(github|gitlab)\.com[/:]([^/]+)\/([^/?#]+?)(?:\.git)?(?:[?#].*)?$/i;
  const [, host, owner, repo] = forge.exec(url) ?? [];
  return host === undefined ? url : `${host}:${owner}/${repo}`.toLowerCase();
}

/** True for nixpkgs by any of its names: the repository, a fork of it, a channel's tarball. */
export function isNixpkgs(node: LockNode): boolean {
  const project = projectOf(node);
  if (project === undefined) return node.original?.["id"] === "nixpkgs";
  return (
    /^\w+:[^/]+\/nixpkgs(?:-[a-z]+)?$/.test(project) ||
    /\/\/(?:channels\.nixos\.org|releases\.nixos\.org)\//.test(project) ||
    /\bnixpkgs(?:-weekly|-[\d.]+)?\//i.test(project)
  );
}
