import * as z from "zod";

import { quoted } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";
import { count, flag, named, text } from "../fleet-file/schema/values.ts";
import { checkAddress } from "../fleet/address.ts";
import { hasControl } from "../fleet/flake-names.ts";
import { checkHostName, checkUserName } from "../fleet/names.ts";

const word = text("", checkWord);

const keyShape = {
  name: z.string().optional(),
  source: z.string().nullish(),
  keyFile: z.string().nullish(),
  keyCommand: z.array(z.string()).nullish(),
  destDir: z.string().optional(),
  path: z.string().optional(),
  user: z.string().optional(),
  group: z.string().optional(),
  permissions: z.string().optional(),
  uploadAt: z.string().optional(),
};

const nodeShape = {
  targetHost: text("", checkAddress).nullish(),
  targetPort: count("", { min: 1, max: 65_535 }).nullish(),
  targetUser: text("", checkUserName).nullish(),
  allowLocalDeployment: flag("").optional(),
  buildOnTarget: flag("").optional(),
  tags: z.array(z.string()).optional(),
  keys: z.record(z.string(), z.looseObject(keyShape)).optional(),
  replaceUnknownProfiles: flag("").optional(),
  privilegeEscalationCommand: z.array(word).optional(),
  sshOptions: z.array(word).optional(),
};

const metaShape = {
  name: z.string().optional(),
  description: z.string().optional(),
  machinesFile: z.string().nullish(),
  allowApplyAll: flag("").optional(),
};

/** The `meta` of a Colmena hive and the `deployment` of its nodes. Unknown keys pass; the reader warns of them. */
export const colmenaSchema = z.looseObject({
  meta: z.looseObject(metaShape).optional(),
  nodes: named(z.looseObject(nodeShape), "", checkHostName),
});

/** What {@link colmenaSchema} accepts. */
export type ColmenaInput = z.infer<typeof colmenaSchema>;
/** The `deployment` of one node. */
export type ColmenaNode = ColmenaInput["nodes"][string];

/** The keys that each level may have. */
export const colmenaKeys = {
  meta: Object.keys(metaShape),
  node: Object.keys(nodeShape),
  key: Object.keys(keyShape),
} as const;

function checkWord(word: string): Complaint | undefined {
  if (word === "") return { message: "an empty word is no option" };
  return hasControl(word) ? { message: `${quoted(word)} has control characters` } : undefined;
}
