import { FlurryError } from "@flurry/core";

import type { Policy } from "./policy.ts";

/**
 * What makes a policy mean something else than its author does: a rule that matches nothing leaves its files to the next
 * one, a recipient that is damaged is missing, and of two selectors one is not followed. SOPS stops at these.
 */
const misleading: ReadonlySet<string> = new Set(["path-regex-invalid", "recipient-invalid", "selectors-clash"]);

/**
 * Nothing is written by a policy that does not say what it seems to.
 *
 * @throws FlurryError FLURRY_POLICY_INVALID
 */
export function requireUsablePolicy({ issues }: Policy): void {
  const [first, ...others] = issues.filter(({ code }) => misleading.has(code));
  if (first === undefined) return;
  throw new FlurryError("FLURRY_POLICY_INVALID", first.message, {
    ...(first.place === undefined ? {} : { place: first.place }),
    ...(others.length === 0 ? {} : { details: others.map(({ message }) => message).join("\n") }),
    hint: first.hint ?? "Mend it, then try again: flurry secrets check says what else is wrong.",
  });
}
