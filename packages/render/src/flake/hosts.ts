import type { Host } from "@flurry/schema";

import { apply, attrSet, bind, inherit, list, operator, ref, select, variable } from "../nix/builders.ts";
import { formals, lambda } from "../nix/functions.ts";
import { path } from "../nix/paths.ts";
import type { NixBinding, NixExpression } from "../nix/syntax.ts";
import type { NixData } from "../nix/to-nix.ts";
import type { RenderedInputs } from "./inputs.ts";

/** What the modules of all hosts depend on. */
export interface HostsContext {
  readonly inputs: RenderedInputs;
  readonly backend: "sops" | "agenix" | undefined;
  /** Whether there is an overlay in `overlays/default.nix`. */
  readonly overlays: boolean;
  /** The hosts that have a module in `secrets/hosts.nix`. */
  readonly withSecrets: ReadonlySet<string>;
}

/** The name of a host in `nixosConfigurations`. */
export function configurationName(host: Host): string {
  return host.attrPath.at(-1) ?? host.name;
}

/** The directory of a host's own configuration. */
export function hostDirectory(host: Host): string {
  return `hosts/${configurationName(host)}`;
}

/** What the outputs are made from: `hosts`, what all of them share, and `mkHost`, which makes a system of one. */
export function hostBindings(hosts: readonly Host[], context: HostsContext): readonly (readonly NixBinding[])[] {
  const shared = sharedModules(context);
  return [
    [bind("hosts", attrSet(onePerConfiguration(hosts).map((host) => hostBinding(host, context))))],
    shared.length === 0 ? [] : [bind("sharedModules", list(shared))],
    context.inputs.unstable === undefined ? [] : [specialArgs(context.inputs.unstable)],
    [mkHost(context)],
  ];
}

function onePerConfiguration(hosts: readonly Host[]): readonly Host[] {
  return hosts.filter(
    (host, index) => hosts.findIndex((other) => configurationName(other) === configurationName(host)) === index,
  );
}

function hostBinding(host: Host, { withSecrets }: HostsContext): NixBinding {
  const secrets = select(apply(variable("import"), path("./secrets/hosts.nix")), host.name);
  const modules = [
    path(`./${hostDirectory(host)}`),
    ...host.modules.map((name) => path(`./modules/${name}.nix`)),
    ...(withSecrets.has(host.name) ? [secrets] : []),
  ];
  return bind(configurationName(host), attrSet([bind("system", host.system ?? null), bind("modules", list(modules))]));
}

/** The modules that all hosts have. */
function sharedModules({ inputs, backend, overlays }: HostsContext): readonly NixExpression[] {
  return [
    ...(inputs.secrets === undefined || backend === undefined ? [] : [secretsModule(inputs.secrets, backend)]),
    ...(overlays ? [attrSet([bind(["nixpkgs", "overlays"], list([ref("self", "overlays", "default")]))])] : []),
  ];
}

function secretsModule(input: string, backend: "sops" | "agenix"): NixExpression {
  return ref("inputs", input, "nixosModules", backend === "sops" ? "sops" : "default");
}

function specialArgs(unstable: string): NixBinding {
  const packages = ref("inputs", unstable, "legacyPackages", variable("system"));
  return bind("specialArgs", lambda("system", attrSet([inherit(["inputs"]), bind("unstable", packages)])));
}

/** All modules of a host: its own, those that all hosts have, and those of a place that needs more. */
export function modulesOf(
  own: NixExpression,
  context: HostsContext,
  more: readonly NixExpression[] = [],
): NixExpression {
  const shared = sharedModules(context).length === 0 ? [] : [variable("sharedModules")];
  const parts: readonly NixExpression[] = [own, ...shared, ...(more.length === 0 ? [] : [list(more)])];
  return parts.reduceRight((rest, part) => operator("++", part, rest));
}

/** What the modules of a host with that system get as arguments. */
export function specialArguments(system: NixData, { inputs }: HostsContext): NixExpression {
  return inputs.unstable === undefined ? attrSet([inherit(["inputs"])]) : apply(variable("specialArgs"), system);
}

function mkHost(context: HostsContext): NixBinding {
  const modules = modulesOf(variable("modules"), context);
  const isOwn = modules.kind === "variable";
  const call = apply(
    ref("nixpkgs", "lib", "nixosSystem"),
    attrSet([
      inherit(isOwn ? ["system", "modules"] : ["system"]),
      bind("specialArgs", specialArguments(variable("system"), context)),
      ...(isOwn ? [] : [bind("modules", modules)]),
    ]),
  );
  return bind("mkHost", lambda(formals(["system", "modules"]), call));
}

/** `nixosConfigurations`, one for each configuration that a host of the fleet runs. */
export function nixosConfigurations(): NixBinding {
  return bind(
    "nixosConfigurations",
    apply(ref("builtins", "mapAttrs"), lambda("_", variable("mkHost")), variable("hosts")),
  );
}
