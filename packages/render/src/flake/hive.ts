import type { Issue } from "@flurry/core";
import { deployDefaults, sudoFor } from "@flurry/schema";
import type { DeployOptions, Host } from "@flurry/schema";

import { apply, attrSet, bind, hasAttr, importFile, inherit, ref, select, variable } from "../nix/builders.ts";
import { formals, lambda } from "../nix/functions.ts";
import type { NixBinding, NixExpression } from "../nix/syntax.ts";
import { configurationName, modulesOf, specialArguments } from "./hosts.ts";
import type { HostsContext } from "./hosts.ts";
import { sshWords } from "./ssh-words.ts";

/** What a hive has beside its nodes. */
const reserved: ReadonlySet<string> = new Set(["defaults", "meta", "network"]);

/** `mkNode`, which all nodes of the hive are made with: a list, so that the modules keep the order that they have elsewhere. */
export function mkNode(context: HostsContext): NixBinding {
  const modules = modulesOf(ref("host", "modules"), context, [attrSet([inherit(["deployment"])])]);
  return bind("mkNode", lambda("host", lambda("deployment", modules)));
}

/**
 * The outputs for Colmena: `colmena`, which its releases read as it stands, and `colmenaHive`, which newer ones want and
 * which only Colmena's own flake can make, where the fleet has that among its inputs. The nodes have the systems of
 * `nixosConfigurations`.
 *
 * @see https://colmena.cli.rs/unstable/reference/deployment.html
 */
export function hiveOutputs(hosts: readonly Host[], context: HostsContext): readonly NixBinding[] {
  const nodes = hosts.filter(({ name }) => !reserved.has(name));
  const { colmena } = context.inputs;
  const output = bind(
    "colmena",
    attrSet([
      bind("meta", meta(nodes, context)),
      bind("defaults", versionModule(), { comment: "What nixosSystem says of nixpkgs, and Colmena does not." }),
      ...nodes.map((host) =>
        bind(host.name, apply(variable("mkNode"), ref("hosts", configurationName(host)), deployment(host))),
      ),
    ]),
  );
  if (colmena === undefined) return [output];
  const hive = apply(ref("inputs", colmena, "lib", "makeHive"), ref("self", "colmena"));
  return [output, bind("colmenaHive", hive)];
}

/** The system that most nodes have is that of the hive; the others name their own. */
function meta(nodes: readonly Host[], context: HostsContext): NixExpression {
  const common = mostCommon(nodes.map(systemOf));
  const others = nodes.filter((host) => systemOf(host) !== common);
  const packages = (system: string): NixExpression =>
    apply(importFile(variable("nixpkgs")), attrSet([bind("system", system)]));
  const each = (name: string, value: (system: string) => NixExpression): readonly NixBinding[] =>
    others.length === 0 ? [] : [bind(name, attrSet(others.map((host) => bind(host.name, value(systemOf(host))))))];
  const argumentsOf = (system: string): NixExpression => specialArguments(system, context);
  return attrSet([
    bind("nixpkgs", packages(common)),
    bind("specialArgs", argumentsOf(common)),
    ...each("nodeNixpkgs", packages),
    ...(context.inputs.unstable === undefined ? [] : each("nodeSpecialArgs", argumentsOf)),
  ]);
}

function systemOf({ system }: Host): string {
  return system ?? "x86_64-linux";
}

/** Of several that are as common, the first by name: it does not depend on the order of the hosts. */
function mostCommon(systems: readonly string[]): string {
  const count = (system: string): number => systems.filter((other) => other === system).length;
  const [first = "x86_64-linux"] = [...new Set(systems)].toSorted().toSorted((one, other) => count(other) - count(one));
  return first;
}

/** Without it a system would be called `24.11pre-git`, and be another one than that of `nixosConfigurations`. */
function versionModule(): NixExpression {
  const byDefault = (value: NixExpression): NixExpression => apply(ref("lib", "mkDefault"), value);
  const source = attrSet([bind(["flake", "source"], ref("nixpkgs", "outPath"))]);
  const version = attrSet([
    bind("versionSuffix", byDefault(ref("nixpkgs", "lib", "trivial", "versionSuffix"))),
    bind("revision", byDefault(select(variable("nixpkgs"), ["rev"], { fallback: null }))),
  ]);
  return lambda(
    formals(["lib", "options"], { ellipsis: true }),
    attrSet([
      // Only a nixpkgs of 2024 or later has this option.
      bind("nixpkgs", apply(ref("lib", "optionalAttrs"), hasAttr(ref("options", "nixpkgs"), ["flake"]), source)),
      bind(["system", "nixos"], version),
    ]),
  );
}

/** How Colmena reaches a host; what is its own default is left out. */
function deployment({ addresses, name, tags, deploy }: Host): NixExpression {
  const sshOptions = sshWords(deploy);
  const { sshUser, sshPort, buildOn, sudo } = deploy;
  return attrSet(
    [
      bind("targetHost", addresses[0] ?? name),
      ...(sshPort === undefined ? [] : [bind("targetPort", sshPort)]),
      ...(sshUser === "root" ? [] : [bind("targetUser", sshUser ?? null)]),
      ...(tags.length === 0 ? [] : [bind("tags", tags)]),
      ...(buildOn.kind === "target" ? [bind("buildOnTarget", true)] : []),
      ...(isOwnSudo(deploy) ? [bind("privilegeEscalationCommand", sudo)] : []),
      ...(sshOptions.length === 0 ? [] : [bind("sshOptions", sshOptions)]),
    ],
    { expanded: true },
  );
}

/** Whether the words are the user's: not those that Flurry has by itself, nor such as lead to another user than root. */
function isOwnSudo({ sudo, user }: DeployOptions): boolean {
  const words = sudo.join(" ");
  return user === deployDefaults.user && words !== sudoFor(user).join(" ");
}

/** What Colmena cannot do as Flurry does it. */
export function colmenaWarnings({ name, deploy }: Host): readonly Issue[] {
  const warning = (path: readonly string[], message: string, hint: string): Issue => ({
    code: "not-in-colmena",
    severity: "warning",
    path: ["hosts", name, ...path],
    message,
    hint,
  });
  return [
    ...(reserved.has(name)
      ? [
          warning(
            [],
            `a hive has no node ${name}: Colmena keeps the name for itself`,
            "choose another name for the host",
          ),
        ]
      : []),
    ...(deploy.user === deployDefaults.user
      ? []
      : [warning(["deploy", "user"], "Colmena activates as root", "deploy this host with Flurry or deploy-rs")]),
  ];
}
