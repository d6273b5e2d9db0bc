import { posix } from "node:path";

import type { Issue } from "@flurry/core";
import { closestSecretsFirst, secretsPathRegex } from "@flurry/schema";
import type { Host, SecretsPolicy } from "@flurry/schema";

import { apply, attrSet, bind, ref } from "../nix/builders.ts";
import { formals, lambda } from "../nix/functions.ts";
import { path } from "../nix/paths.ts";
import { printNix } from "../nix/print.ts";
import type { NixBinding, NixExpression } from "../nix/syntax.ts";

/** A secret that is in the repository, as its file says without being decrypted. */
export interface DeclaredSecret {
  /** The file's path in the repository. */
  readonly file: string;
  /** For sops the secret's keys joined by slashes, `wireguard/private-key`; for agenix its name on the host. */
  readonly name: string;
}

/** What one host gets declared. */
export interface HostSecrets {
  readonly host: string;
  /** For sops: the file that a secret is looked for in when its module does not say one. */
  readonly defaultFile: string | undefined;
  readonly secrets: readonly DeclaredSecret[];
}

/** The secrets of each host that may read any, in the order of the fleet. */
export function hostSecrets(
  hosts: readonly Host[],
  policy: SecretsPolicy,
  declared: readonly DeclaredSecret[] | undefined,
): readonly HostSecrets[] {
  const all = declared ?? (policy.backend === "agenix" ? policy.files.map(({ path: file }) => agenixSecret(file)) : []);
  return hosts
    .map((host) => ({
      host: host.name,
      defaultFile: policy.backend === "sops" ? defaultFile(policy, host.name) : undefined,
      secrets: withoutDoubles(all.filter(({ file }) => readersOf(policy, file).includes(host.name))),
    }))
    .filter(({ defaultFile: file, secrets }) => file !== undefined || secrets.length > 0);
}

function agenixSecret(file: string): DeclaredSecret {
  return { file, name: posix.basename(file, ".age") };
}

/** Who the closest rule lets read a file. */
function readersOf(policy: SecretsPolicy, file: string): readonly string[] {
  const rule = closestSecretsFirst(policy.files).find((one) => new RegExp(secretsPathRegex(one.path), "s").test(file));
  return rule?.hosts ?? [];
}

/** The YAML file that the fewest hosts read: a host's own one rather than that of the fleet. */
function defaultFile(policy: SecretsPolicy, host: string): string | undefined {
  const files = policy.files.filter((file) => file.hosts.includes(host) && /^[^*]*\.ya?ml$/.test(file.path));
  return files.toSorted((one, other) => one.hosts.length - other.hosts.length)[0]?.path;
}

function withoutDoubles(secrets: readonly DeclaredSecret[]): readonly DeclaredSecret[] {
  return secrets.filter(({ name }, index) => secrets.findIndex((other) => other.name === name) === index);
}

/** Secrets of one name in several files of one host: only the first can have the name. */
export function doubleSecrets(
  hosts: readonly Host[],
  policy: SecretsPolicy,
  declared: readonly DeclaredSecret[],
): readonly Issue[] {
  return hosts.flatMap(({ name: host }) => {
    const own = declared.filter(({ file }) => readersOf(policy, file).includes(host));
    return own
      .filter(({ name, file }) => own.find((other) => other.name === name)?.file !== file)
      .map(({ name, file }): Issue => ({
        code: "secret-twice",
        severity: "warning",
        path: ["secrets", "files", file],
        message: `${host} has a secret ${JSON.stringify(name)} from another file already, so that of this file is not declared`,
        hint: "declare it in a module of yours, under another name",
      }));
  });
}

/** The text of `secrets/hosts.nix`: a NixOS module for each host that may read secrets, by the host's name. */
export function hostSecretsText(hosts: readonly HostSecrets[], backend: SecretsPolicy["backend"]): string {
  const module = backend === "sops" ? sopsModule : agenixModule;
  const argument = formals(["lib"], { ellipsis: true });
  const modules = hosts.map((host) => bind(host.host, lambda(argument, attrSet(module(host), { expanded: true }))));
  return printNix(attrSet(modules, { expanded: true }));
}

/** Everything is a default, which a module of the user wins over. */
function byDefault(value: NixExpression | string): NixExpression {
  return apply(ref("lib", "mkDefault"), value);
}

function sopsModule({ defaultFile: file, secrets }: HostSecrets): readonly NixBinding[] {
  const declarations = secrets.flatMap((secret) => {
    const format = formatOf(secret.file);
    return [
      bind([secret.name, "sopsFile"], byDefault(fromSecrets(secret.file))),
      ...(format === "yaml" ? [] : [bind([secret.name, "format"], byDefault(format))]),
    ];
  });
  const options = [
    ...(file === undefined ? [] : [bind("defaultSopsFile", byDefault(fromSecrets(file)))]),
    ...(declarations.length === 0 ? [] : [bind("secrets", attrSet(declarations))]),
  ];
  return [bind("sops", attrSet(options))];
}

function agenixModule({ secrets }: HostSecrets): readonly NixBinding[] {
  const declarations = secrets.map(({ name, file }) => bind([name, "file"], byDefault(fromSecrets(file))));
  return [bind(["age", "secrets"], attrSet(declarations))];
}

/** How sops-nix is to read a file, by its name as sops itself does. */
function formatOf(file: string): "yaml" | "json" | "dotenv" | "ini" | "binary" {
  switch (posix.extname(posix.basename(file) === ".env" ? "x.env" : file)) {
    case ".yaml":
    case ".yml":
      return "yaml";
    case ".json":
      return "json";
    case ".env":
      return "dotenv";
    case ".ini":
      return "ini";
    default:
      return "binary";
  }
}

/** A path of the repository as it is written in a file of `secrets/`. */
function fromSecrets(file: string): NixExpression {
  const relative = posix.relative("secrets", file);
  return path(relative.startsWith("../") ? relative : `./${relative}`);
}
