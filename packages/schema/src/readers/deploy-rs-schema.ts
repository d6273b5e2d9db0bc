import * as z from "zod";

import { quoted } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";
import { count, flag, named, text, texts } from "../fleet-file/schema/values.ts";
import { checkAddress } from "../fleet/address.ts";
import { checkHostName, checkUserName } from "../fleet/names.ts";

const seconds = { min: 1, max: 65_535 };

/** What deploy, its nodes and their profiles may all say; Nix' null means unset, as for deploy-rs. */
const genericShape = {
  sshUser: text("", checkUserName).nullish(),
  user: text("", checkUserName).nullish(),
  sshOpts: texts("").nullish(),
  fastConnection: flag("").nullish(),
  autoRollback: flag("").nullish(),
  magicRollback: flag("").nullish(),
  confirmTimeout: count("", seconds).nullish(),
  activationTimeout: count("", seconds).nullish(),
  tempPath: z.string().nullish(),
  sudo: text("", checkSudo).nullish(),
  remoteBuild: flag("").nullish(),
  interactiveSudo: flag("").nullish(),
};

const profileShape = { ...genericShape, path: z.unknown().optional(), profilePath: z.string().nullish() };

const nodeShape = {
  ...genericShape,
  hostname: text("", checkAddress),
  profilesOrder: z.array(z.string()).nullish(),
  profiles: z.record(z.string(), z.looseObject(profileShape)).nullish(),
};

/**
 * The `deploy` output of a flake, as deploy-rs' interface.json and its deserializer take it. Unknown keys pass, as
 * they do there; the reader warns of them.
 */
export const deployRsSchema = z.looseObject({
  ...genericShape,
  nodes: named(z.looseObject(nodeShape), "", checkHostName),
});

/** What {@link deployRsSchema} accepts. */
export type DeployRsInput = z.infer<typeof deployRsSchema>;
/** One node of it. */
export type DeployRsNode = DeployRsInput["nodes"][string];
/** One profile of a node. */
export type DeployRsProfile = NonNullable<DeployRsNode["profiles"]>[string];
/** What all three levels may say. */
export type DeployRsGeneric = Pick<DeployRsInput, keyof typeof genericShape>;

/** The keys that each level may have. */
export const deployRsKeys = {
  deploy: [...Object.keys(genericShape), "nodes"],
  node: Object.keys(nodeShape),
  profile: Object.keys(profileShape),
} as const;

function checkSudo(command: string): Complaint | undefined {
  if (/^[A-Za-z0-9/._=@:, +-]+$/.test(command) && command.trim() !== "" && !command.startsWith("-")) return undefined;
  return {
    message: `${quoted(command)} is not a plain command`,
    hint: "write words without shell characters, for example sudo -u",
  };
}
