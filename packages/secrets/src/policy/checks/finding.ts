import type { Issue, Place } from "@flurry/core";

/** Makes a finding of a check. */
export function finding(
  code: string,
  message: string,
  more: {
    readonly place: Place | undefined;
    readonly hint?: string | undefined;
    readonly severity?: Issue["severity"];
  },
): Issue {
  const { place, hint, severity = "error" } = more;
  return {
    code,
    message,
    severity,
    path: [],
    ...(place === undefined ? {} : { place }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** `a, b and c`, or `a, b, c and 7 more`. */
export function listed(names: readonly string[], most = 4): string {
  const distinct = [...new Set(names)];
  const shown = distinct.slice(0, distinct.length > most ? most - 1 : most);
  const rest = distinct.length - shown.length;
  const parts = rest > 0 ? [...shown, `${rest} more`] : shown;
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}
