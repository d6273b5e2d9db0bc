import type { Fleet, FlakeInput } from "@flurry/schema";

import { attrSet, bind } from "../nix/builders.ts";
import type { NixBinding } from "../nix/syntax.ts";

/** Inputs of the rendered flake that have a part in it, by the names that the fleet gives them. */
export interface RenderedInputs {
  /** All inputs, nixpkgs first, then those of the fleet in its order, then those that the fleet left to Flurry. */
  readonly all: readonly FlakeInput[];
  readonly deployRs: string;
  /** Colmena's own flake, where the fleet names it; undefined when it does not. */
  readonly colmena: string | undefined;
  /** The input with the NixOS module of the secrets; undefined when the fleet has no secrets. */
  readonly secrets: string | undefined;
  /** The input whose packages hosts get as `unstable`. */
  readonly unstable: string | undefined;
}

const deployRs: FlakeInput = {
  name: "deploy-rs",
  url: "github:serokell/deploy-rs",
  follows: { nixpkgs: "nixpkgs" },
  flake: true,
};

const secretsInputs: Readonly<Record<"sops" | "agenix", FlakeInput>> = {
  sops: { name: "sops-nix", url: "github:Mic92/sops-nix", follows: { nixpkgs: "nixpkgs" }, flake: true },
  agenix: { name: "agenix", url: "github:ryantm/agenix", follows: { nixpkgs: "nixpkgs" }, flake: true },
};

/** The inputs of a fleet's flake. What it needs and the fleet does not name is added from where it is at home. */
export function renderedInputs(fleet: Fleet): RenderedInputs {
  const own: readonly FlakeInput[] =
    fleet.nixpkgs === undefined
      ? fleet.inputs.toSorted((one, other) => Number(other.name === "nixpkgs") - Number(one.name === "nixpkgs"))
      : [{ name: "nixpkgs", url: fleet.nixpkgs, follows: {}, flake: true }, ...fleet.inputs];
  const wanted = [deployRs, ...(fleet.secrets === undefined ? [] : [secretsInputs[fleet.secrets.backend]])];
  const missing = wanted.filter((input) => nameOf(input.name, own) === undefined);
  const all = [...own, ...missing];
  return {
    all,
    deployRs: nameOf(deployRs.name, all) ?? deployRs.name,
    colmena: nameOf("colmena", own),
    secrets: fleet.secrets === undefined ? undefined : nameOf(secretsInputs[fleet.secrets.backend].name, all),
    unstable: own.find(({ name, flake }) => name === "nixpkgs-unstable" && flake)?.name,
  };
}

/** An input of that name, or one that leads to a repository of that name, such as someone's fork. */
function nameOf(wanted: string, inputs: readonly FlakeInput[]): string | undefined {
  const flakes = inputs.filter(({ flake }) => flake);
  const repository = new RegExp(`[/:]${wanted}(?:\\.git)?(?:[/?#]|$)`);
  return (flakes.find(({ name }) => name === wanted) ?? flakes.find(({ url }) => repository.test(url)))?.name;
}

/** `nixpkgs.url = "…";`, or a set where there is more to say. */
export function inputBinding({ name, url, follows, flake }: FlakeInput): NixBinding {
  const rest = [
    ...(flake ? [] : [bind("flake", false)]),
    ...Object.entries(follows).map(([inner, target]) => bind(followsPath(inner), target)),
  ];
  return rest.length === 0 ? bind([name, "url"], url) : bind(name, attrSet([bind("url", url), ...rest]));
}

/** `a/b` is the input b of the input a. */
function followsPath(inner: string): readonly string[] {
  return [...inner.split("/").flatMap((step) => ["inputs", step]), "follows"];
}
