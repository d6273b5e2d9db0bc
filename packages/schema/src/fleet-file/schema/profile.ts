import * as z from "zod";

import { checkConfigurationName } from "../../fleet/flake-names.ts";
import { checkUserName } from "../../fleet/names.ts";
import { checkOutputPath } from "../../fleet/output-path.ts";
import { checkProfilePath } from "../../fleet/profile.ts";
import { duration, flag, text } from "./values.ts";

const sharedShape = {
  user: text("Who owns the profile: it is set and activated as this user.", checkUserName),
  beforeSystem: flag("Activate it before the system instead of after it. Default: false.").optional(),
  profilePath: text(
    "The profile's link. Default: below /nix/var/nix/profiles/per-user, or in the user's ~/.local/state/nix/profiles.",
    checkProfilePath,
  ).optional(),
  autoRollback: flag("Go back with everything when its activation fails. Default: the host's.").optional(),
  magicRollback: flag("Go back when the host cannot be reached afterwards. Default: the host's.").optional(),
  activationTimeout: duration("How long its activation may take. Default: the host's.", { atLeastMs: 1000 }).optional(),
};

/** One profile of a host beside its system. */
export const profileSchema = z
  .union(
    [
      z.strictObject({
        home: text("A configuration of home-manager: homeConfigurations.<name>.", checkConfigurationName),
        ...sharedShape,
      }),
      z.strictObject({
        output: text(
          "A package of the flake with the script deploy-rs-activate, for example packages.x86_64-linux.notes.",
          checkOutputPath,
        ),
        ...sharedShape,
      }),
    ],
    { error: "expected home: or output:, and a user" },
  )
  .meta({ id: "profile", description: "A package that a host gets beside its system." });

/** What {@link profileSchema} accepts. */
export type ProfileInput = z.infer<typeof profileSchema>;
