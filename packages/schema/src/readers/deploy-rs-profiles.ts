import { nearestName } from "@flurry/core";
import type { Issue } from "@flurry/core";

import type { Complaint } from "../complaint.ts";
import { checkProfileName, checkProfilePath, profilesInOrder } from "../fleet/profile.ts";
import type { Profile } from "../fleet/profile.ts";
import { deployRsOptions, mergeLevels } from "./deploy-rs-options.ts";
import type { MergedLevels } from "./deploy-rs-options.ts";
import type { DeployRsInput, DeployRsNode, DeployRsProfile } from "./deploy-rs-schema.ts";

/** The profiles of a node beside its system, in the order of their activation. */
export function profilesOf(name: string, node: DeployRsNode, deploy: DeployRsInput): readonly Profile[] {
  const all = node.profiles ?? {};
  const order = profilesInOrder(Object.keys(all), node.profilesOrder ?? []);
  const system = order.indexOf("system");
  return order.flatMap((profile, index) => {
    const found = all[profile];
    if (found === undefined || profile === "system") return [];
    const attrPath = ["deploy", "nodes", name, "profiles", profile, "path"];
    const place = { name: profile, attrPath, phase: index < system ? "before" : "after" } as const;
    return [profileOf(place, found, mergeLevels([found, node, deploy]))];
  });
}

function profileOf(
  { name, attrPath, phase }: Pick<Profile, "name" | "attrPath" | "phase">,
  { profilePath }: DeployRsProfile,
  merged: MergedLevels,
): Profile {
  const { user, autoRollback, magicRollback, activationTimeoutMs } = deployRsOptions(merged);
  const place = profilePath == null ? {} : { profilePath };
  return { name, user, attrPath, phase, ...place, autoRollback, magicRollback, activationTimeoutMs };
}

/** What is wrong with the profiles of a node beside its system. */
export function profileIssues(name: string, node: DeployRsNode, deploy: DeployRsInput): readonly Issue[] {
  const profiles = Object.entries(node.profiles ?? {}).filter(([profile]) => profile !== "system");
  return [
    ...(node.profilesOrder ?? []).flatMap((listed) => unknownProfile(listed, name, node)),
    ...profiles.flatMap(([profile, { profilePath, ...more }]): readonly Issue[] => {
      const path = ["nodes", name, "profiles", profile];
      const { user, sshUser } = mergeLevels([more, node, deploy]);
      return [
        ...issueOf(checkProfileName(profile), path),
        ...(profilePath == null ? [] : issueOf(checkProfilePath(profilePath), [...path, "profilePath"])),
        ...issueOf(user == null && sshUser == null ? nobody : undefined, path),
      ];
    }),
  ];
}

const nobody: Complaint = { message: "neither user nor sshUser is set: nobody owns the profile", hint: "set its user" };

function issueOf(complaint: Complaint | undefined, path: Issue["path"]): readonly Issue[] {
  return complaint === undefined ? [] : [{ code: "invalid-profile", severity: "error", path, ...complaint }];
}

function unknownProfile(listed: string, name: string, { profiles }: DeployRsNode): readonly Issue[] {
  const names = Object.keys(profiles ?? {});
  if (names.includes(listed)) return [];
  const nearest = nearestName(listed, names);
  const hint = nearest === undefined ? "remove it" : `did you mean "${nearest}"?`;
  const message = `profilesOrder names the profile ${JSON.stringify(listed)}, which the node does not have`;
  return issueOf({ message, hint }, ["nodes", name, "profilesOrder"]);
}
