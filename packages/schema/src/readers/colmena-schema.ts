import * as z from "zod";

import { quoted } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";
import { count, flag, named, text } from "../fleet-file/schema/values.ts";
import { checkAddress } from "../fleet/address.ts";
import { checkKeyMode, checkKeyName, checkKeyOwner, checkKeyPath } from "../fleet/deployment-key.ts";
import { hasControl } from "../fleet/flake-names.ts";
import { checkHostName, checkUserName } from "../fleet/names.ts";

const word = text("", checkWord);

const keyShape = {
  name: text("", checkKeyName).optional(),
  source: z.enum(["text", "keyFile", "keyCommand"], { error: "one of text, keyFile and keyCommand has to be set" }),
  keyFile: text("", checkKeyFile).nullish(),
  keyCommand: z.tuple([text("", checkArgument)], text("", checkArgument)).nullish(),
  destDir: text("", checkDirectory).optional(),
  path: text("", checkKeyPath).optional(),
  user: text("", checkKeyOwner).optional(),
  group: text("", checkKeyOwner).optional(),
  permissions: text("", checkKeyMode).optional(),
  uploadAt: z.enum(["pre-activation", "post-activation"]).optional(),
};

const nodeShape = {
  targetHost: text("", checkAddress).nullish(),
  targetPort: count("", { min: 1, max: 65_535 }).nullish(),
  targetUser: text("", checkUserName).nullish(),
  allowLocalDeployment: flag("").optional(),
  buildOnTarget: flag("").optional(),
  tags: z.array(z.string()).optional(),
  keys: named(z.looseObject(keyShape), "", checkKeyName).optional(),
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

/** One of a node's `deployment.keys`, without the value of a `text`. */
export type ColmenaKey = NonNullable<ColmenaNode["keys"]>[string];

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

function checkArgument(word: string): Complaint | undefined {
  return word.includes("\0") ? { message: "an argument cannot hold a NUL byte" } : undefined;
}

function checkKeyFile(path: string): Complaint | undefined {
  return path === "" || path.includes("\0") ? { message: `${quoted(path)} is not the path of a file` } : undefined;
}

/** A trailing slash does no harm, and the root is a directory. */
function checkDirectory(path: string): Complaint | undefined {
  if (checkKeyPath(`${path.replace(/\/+$/, "")}/key`) === undefined) return undefined;
  return { message: `${quoted(path)} is not a directory that keys can be in`, hint: "for example /run/keys" };
}
