import { FlurryError } from "@flurry/core";
import { inspectGeneratedFile } from "@flurry/render";

import { planGenerated } from "../../fleet-repository/plan-generated.ts";
import type { GeneratedFile } from "../../fleet-repository/plan-generated.ts";
import type { CheckFinding } from "../finding.ts";
import type { RepositoryRule } from "../rule.ts";

/** Generated files that are not what the fleet file gives. */
export const generatedFiles: RepositoryRule = {
  name: "generated-files",
  about: "A generated file that is out of date deploys something else than the fleet file says.",
  severity: "error",
  fix: "flurry render",
  check: ({ fleet, directory, text }) => {
    // A flake that a person wrote is nothing that render has a say in.
    if (fleet?.source.kind !== "fleet-file" || inspectGeneratedFile(text("flake.nix") ?? "") === "foreign") return [];
    try {
      return planGenerated(fleet, { directory }).files.flatMap(findingOf);
    } catch (error) {
      const { message, hint } = FlurryError.from(error);
      const file = fleet.source.file ?? "fleet.yaml";
      return [finding(file, message, hint ?? "flurry render")];
    }
  },
};

function findingOf({ path, state }: GeneratedFile): readonly CheckFinding[] {
  switch (state) {
    case "same":
    case "hand-written":
      return [];
    case "new":
      return [finding(path, `${path} is not there yet`, "flurry render writes it")];
    case "updated":
      return [finding(path, `${path} is not what the fleet file gives`, "flurry render writes it anew")];
    case "obsolete":
      return [finding(path, `${path} is not needed any more`, "flurry render removes it")];
    case "edited":
      return [finding(path, `${path} was generated and then changed by hand`, "flurry render --diff shows how")];
  }
}

function finding(file: string, message: string, hint: string): CheckFinding {
  return { rule: "generated-files", severity: "error", file, line: 1, column: 1, message, hint };
}
