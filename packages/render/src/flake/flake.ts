import type { Fleet } from "@flurry/schema";

import { apply, attrSet, bind, blank, importFile, letIn, ref } from "../nix/builders.ts";
import { formals, lambda } from "../nix/functions.ts";
import { path } from "../nix/paths.ts";
import { printNix } from "../nix/print.ts";
import type { NixBinding } from "../nix/syntax.ts";
import { deployOutput } from "./deploy-nodes.ts";
import { hiveOutputs, mkNode } from "./hive.ts";
import { hostBindings, nixosConfigurations } from "./hosts.ts";
import type { HostsContext } from "./hosts.ts";
import { inputBinding } from "./inputs.ts";
import { profileOutputs } from "./profiles.ts";

/** The text of a fleet's flake.nix, without the head of generated files. */
export function flakeText(fleet: Fleet, context: HostsContext): string {
  const { inputs } = context;
  const sections: readonly (readonly NixBinding[])[] = [
    fleet.description === undefined ? [] : [bind("description", fleet.description)],
    [bind("inputs", attrSet(inputs.all.map(inputBinding)))],
    [
      bind(
        "outputs",
        lambda(formals(["self", "nixpkgs"], { ellipsis: true, alias: "inputs" }), outputs(fleet, context)),
      ),
    ],
  ];
  return printNix(attrSet(apart(sections)));
}

function outputs(fleet: Fleet, context: HostsContext): ReturnType<typeof letIn> {
  return letIn(
    apart([...hostBindings(fleet.hosts, context), [mkNode(context)]]),
    attrSet(
      apart([
        context.overlays ? [bind(["overlays", "default"], importFile(path("./overlays")))] : [],
        [nixosConfigurations()],
        [...profileOutputs(fleet.hosts)],
        [deployOutput(fleet.hosts, context.inputs)],
        [checks(context.inputs.deployRs)],
        ...hiveOutputs(fleet.hosts, context).map((output) => [output]),
      ]),
    ),
  );
}

/** deploy-rs' own checks of the `deploy` output, for each system that one may check on. */
function checks(deployRs: string): NixBinding {
  const check = lambda("_", lambda("lib", apply(ref("lib", "deployChecks"), ref("self", "deploy"))));
  return bind("checks", apply(ref("builtins", "mapAttrs"), check, ref("inputs", deployRs, "lib")));
}

/** An empty line between the sections that have something in them. */
function apart(sections: readonly (readonly NixBinding[])[]): readonly NixBinding[] {
  return sections
    .filter(({ length }) => length > 0)
    .flatMap((section, index) => (index === 0 ? section : [blank, ...section]));
}
