import { isStorePath } from "@flurry/core";

import type { Reply } from "../host/reply.ts";
import type { ProfileOutcome, ProfileState } from "./profile-job.ts";

/** What the profiles of a host are, by name: the supervisor's facts `user_profile=NAME GENERATION|- PATH|-`. */
export function profileStates(reply: Reply): ReadonlyMap<string, ProfileState> {
  const states = new Map<string, ProfileState>();
  for (const fact of reply.all("user_profile")) {
    const [name = "", number = "", path = ""] = fact.split(" ");
    if (!isStorePath(path)) continue;
    states.set(name, { path, ...(/^\d+$/.test(number) ? { generation: Number(number) } : {}) });
  }
  return states;
}

/** The same as verdicts show it, those among them that the host does not have. */
export function profileOutcomes(reply: Reply): readonly ProfileOutcome[] {
  const states = profileStates(reply);
  return reply.all("user_profile").map((fact) => {
    const [name = ""] = fact.split(" ");
    return { name, ...states.get(name) };
  });
}
