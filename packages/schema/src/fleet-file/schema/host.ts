import * as z from "zod";

import { checkAddress } from "../../fleet/address.ts";
import { checkConfigurationName, checkModuleName, checkSystem } from "../../fleet/flake-names.ts";
import { checkPublicKey } from "../../fleet/host-key.ts";
import { checkHostName, checkTag } from "../../fleet/names.ts";
import { checkProfileName } from "../../fleet/profile.ts";
import { deploySchema } from "./deploy.ts";
import { healthSchema } from "./health.ts";
import { profileSchema } from "./profile.ts";
import { address, named, text, texts } from "./values.ts";

/** The Nix system of a host. */
export const systemSchema = text("The Nix system, for example x86_64-linux.", checkSystem);

/** Modules of the repository that hosts import. */
export const modulesSchema = texts("Modules to import, below modules/: common is modules/common.nix.", checkModuleName);

/** Groups of hosts. */
export const tagsSchema = texts("Groups that selectors choose with @.", checkTag);

/** One host; an empty body is fine. */
export const hostSchema = z
  .strictObject({
    address: address("An IP address, a DNS name or a Host alias of ssh_config. Default: the host's name.").optional(),
    addresses: texts("Several addresses of the host, tried in order.", checkAddress).min(1).optional(),
    tags: tagsSchema.optional(),
    modules: modulesSchema.optional(),
    system: systemSchema.optional(),
    configuration: text(
      "The name of the host's configuration in the flake, where it differs.",
      checkConfigurationName,
    ).optional(),
    hostKey: text("The public ssh key of the host. When given, no other key is right.", checkPublicKey).optional(),
    hostKeys: texts("The public ssh keys of the host, where there are several.", checkPublicKey).optional(),
    deploy: deploySchema.optional(),
    dependsOn: texts(
      "Hosts that are deployed before this one; when one of them fails, it is left alone.",
      checkHostName,
    ).optional(),
    health: z
      .array(healthSchema)
      .meta({ description: "What must hold on the new system before it is confirmed." })
      .optional(),
    profiles: named(
      profileSchema,
      "Packages that the host gets beside its system, activated after it in this order.",
      checkProfileName,
    ).optional(),
  })
  .meta({ id: "host", description: "One machine." });

/** What {@link hostSchema} accepts. */
export type HostInput = z.infer<typeof hostSchema>;
