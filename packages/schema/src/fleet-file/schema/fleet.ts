import * as z from "zod";

import { checkFlakeReference, checkInputName, checkOutputPath } from "../../fleet/flake-names.ts";
import { checkHostName } from "../../fleet/names.ts";
import { checkPath, deploySchema } from "./deploy.ts";
import { hostSchema, modulesSchema, systemSchema, tagsSchema } from "./host.ts";
import { rolloutSchema } from "./rollout.ts";
import { secretsSchema } from "./secrets.ts";
import { flag, named, text } from "./values.ts";

const inputSchema = z
  .union(
    [
      text("A flake reference.", checkFlakeReference),
      z.strictObject({
        url: text("The flake reference of the input.", checkFlakeReference),
        follows: named(
          z.string(),
          "Inputs of the input that are replaced by inputs of this flake: { nixpkgs: nixpkgs }.",
          (name) =>
            name
              .split("/")
              .map(checkInputName)
              .find((complaint) => complaint !== undefined),
        ).optional(),
        flake: flag("False for an input that is a plain source tree. Default: true.").optional(),
      }),
    ],
    { error: "expected a flake reference, or a mapping with url, follows and flake" },
  )
  .meta({ description: "A flake reference, or a mapping with url, follows and flake." });

/** The whole of fleet.yaml, or of what fleet.config.ts exports. */
export const fleetSchema = z
  .strictObject({
    description: text("One line on what this fleet is.").optional(),
    nixpkgs: text("The flake reference of nixpkgs.", checkFlakeReference).optional(),
    inputs: named(inputSchema, "The other inputs of the flake, by name.", checkInputName).optional(),
    configurations: text(
      "The output of a hand-written flake that holds the systems, such as colmenaHive.nodes. Default: nixosConfigurations.",
      checkOutputPath,
    ).optional(),
    defaults: z
      .strictObject({
        system: systemSchema.optional(),
        modules: modulesSchema.optional(),
        tags: tagsSchema.optional(),
        deploy: deploySchema.optional(),
      })
      .meta({ id: "defaults", description: "What holds for every host. Lists of hosts are added to these." })
      .optional(),
    hosts: named(hostSchema.nullable(), "The machines, by name.", checkHostName),
    secrets: secretsSchema.optional(),
    rollout: rolloutSchema.optional(),
    metrics: z
      .strictObject({
        prometheus: text(
          "A file for what the last runs came to, in Prometheus' text format: each run writes it when it ends. Seen from the fleet file's directory.",
          checkPath,
        ).optional(),
      })
      .meta({ id: "metrics", description: "Measures of the runs." })
      .optional(),
  })
  .meta({ title: "Flurry fleet", description: "A fleet of NixOS machines: https://github.com/flurry-nix/flurry" });

/** What fleet.yaml and fleet.config.ts may hold. */
export type FleetInput = z.infer<typeof fleetSchema>;
