import { nearestName } from "@flurry/core";
import type { Issue } from "@flurry/core";

import type { FlakeInput } from "../fleet/inputs.ts";
import type { FleetInput } from "./schema/fleet.ts";

/** The inputs of the flake; what they follow must be inputs themselves. */
export function resolveInputs(fleet: FleetInput, report: (issue: Issue) => void): readonly FlakeInput[] {
  const inputs = Object.entries(fleet.inputs ?? {}).map(([name, input]): FlakeInput => {
    if (typeof input === "string") return { name, url: input, follows: {}, flake: true };
    return { name, url: input.url, follows: input.follows ?? {}, flake: input.flake ?? true };
  });
  if (fleet.nixpkgs !== undefined && fleet.inputs?.["nixpkgs"] !== undefined) {
    report({
      code: "given-twice",
      message: "nixpkgs is given twice, here and as the key nixpkgs of the fleet",
      severity: "error",
      path: ["inputs", "nixpkgs"],
      hint: "keep one of them",
    });
  }
  const names = [...new Set(["nixpkgs", ...inputs.map((input) => input.name)])];
  for (const issue of inputs.flatMap((input) => unknownFollows(input, names))) report(issue);
  return inputs;
}

function unknownFollows(input: FlakeInput, names: readonly string[]): readonly Issue[] {
  return Object.entries(input.follows).flatMap(([inner, target]): readonly Issue[] => {
    // Nix reads an empty target as "no input at all", and "a/b" as the input b of the input a.
    const [first = ""] = target.split("/");
    if (target === "" || (first !== input.name && names.includes(first))) return [];
    const nearest = nearestName(
      first,
      names.filter((name) => name !== input.name),
    );
    return [
      {
        code: "unknown-input",
        message: first === input.name ? "an input cannot follow itself" : `there is no input ${JSON.stringify(first)}`,
        severity: "error",
        path: ["inputs", input.name, "follows", inner],
        hint: nearest === undefined ? `inputs: ${names.join(", ")}` : `did you mean "${nearest}"?`,
      },
    ];
  });
}
