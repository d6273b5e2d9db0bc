import type { Host } from "@flurry/schema";

import { apply, attrSet, bind, inherit, list, operator, ref, select, variable } from "../nix/builders.ts";
import { formals, lambda } from "../nix/functions.ts";
import { path } from "../nix/paths.ts";
import type { NixBinding, NixExpression } from "../nix/syntax.ts";
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
  return host.attrPath[1] ?? host.name;
}

/** The directory of a host's own configuration. */
export function hostDirectory(host: Host): string {
  return `hosts/${configurationName(host)}`;
}

/** `mkHost`, which all hosts are made with. */
export function mkHost({ inputs, backend, overlays }: HostsContext): NixBinding {
  const shared: readonly NixExpression[] = [
    ...(inputs.secrets === undefined || backend === undefined ? [] : [secretsModule(inputs.secrets, backend)]),
    ...(overlays ? [attrSet([bind(["nixpkgs", "overlays"], list([ref("self", "overlays", "default")]))])] : []),
  ];
  const modules: NixBinding =
    shared.length === 0 ? inherit(["modules"]) : bind("modules", operator("++", variable("modules"), list(shared)));
  const system = shared.length === 0 ? inherit(["system", "modules"]) : inherit(["system"]);
  const call = apply(
    ref("nixpkgs", "lib", "nixosSystem"),
    attrSet([
      system,
      bind("specialArgs", attrSet([inherit(["inputs"]), ...unstableArgument(inputs.unstable)])),
      ...(shared.length === 0 ? [] : [modules]),
    ]),
  );
  return bind("mkHost", lambda(formals(["system", "modules"]), call));
}

function secretsModule(input: string, backend: "sops" | "agenix"): NixExpression {
  return ref("inputs", input, "nixosModules", backend === "sops" ? "sops" : "default");
}

function unstableArgument(input: string | undefined): readonly NixBinding[] {
  if (input === undefined) return [];
  return [bind("unstable", ref("inputs", input, "legacyPackages", variable("system")))];
}

/** `nixosConfigurations`, one for each configuration that a host of the fleet runs. */
export function nixosConfigurations(hosts: readonly Host[], context: HostsContext): NixBinding {
  const first = hosts.filter(
    (host, index) => hosts.findIndex((other) => configurationName(other) === configurationName(host)) === index,
  );
  return bind(
    "nixosConfigurations",
    attrSet(
      first.map((host) => bind(configurationName(host), apply(variable("mkHost"), hostArguments(host, context)))),
    ),
  );
}

function hostArguments(host: Host, { withSecrets }: HostsContext): NixExpression {
  const secrets = select(apply(variable("import"), path("./secrets/hosts.nix")), host.name);
  return attrSet([
    bind("system", host.system ?? null),
    bind(
      "modules",
      list([
        path(`./${hostDirectory(host)}`),
        ...host.modules.map((name) => path(`./modules/${name}.nix`)),
        ...(withSecrets.has(host.name) ? [secrets] : []),
      ]),
    ),
  ]);
}
