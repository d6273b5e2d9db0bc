import { FlurryError } from "@flurry/core";
import type { Issue } from "@flurry/core";

/** The place of a value in its data as people read it: `hosts.nas.addresses[0]`, `secrets.files."a/b.yaml"`. */
export function renderPath(path: readonly (string | number)[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += `${text === "" ? "" : "."}${/^[A-Za-z0-9_$-]+$/.test(step) ? step : JSON.stringify(step)}`;
  }
  return text;
}

/**
 * One mistake as a line of plain text:
 * `fleet.yaml:12:5 hosts.nas.adress: unknown key (did you mean "address"?)`.
 */
export function renderIssue(issue: Issue): string {
  const { place, hint } = issue;
  const where = [place?.file, place?.line, place?.column].filter((part) => part !== undefined).join(":");
  const path = renderPath(issue.path);
  const head = where === "" ? path : path === "" ? where : `${where} ${path}`;
  const severity = issue.severity === "warning" ? "warning: " : "";
  return `${head}${head === "" ? "" : ": "}${severity}${issue.message}${hint === undefined ? "" : ` (${hint})`}`;
}

/**
 * The mistakes of a fleet as one error: the first one is its message, place and hint, all of them are its details.
 *
 * @param issues - at least one; warnings are left out when there are errors
 */
export function fleetInvalid(issues: readonly Issue[]): FlurryError {
  const errors = issues.filter((issue) => issue.severity === "error");
  const shown = errors.length > 0 ? errors : issues;
  const [first] = shown;
  const path = first === undefined ? "" : renderPath(first.path);
  const others = shown.length > 1 ? ` (and ${shown.length - 1} more)` : "";
  const message =
    first === undefined ? "the fleet is invalid" : `${path}${path === "" ? "" : ": "}${first.message}${others}`;
  return new FlurryError("FLURRY_FLEET_INVALID", message, {
    ...(first?.place === undefined ? {} : { place: first.place }),
    // Of several each has its own, in its line.
    ...(first?.hint === undefined || shown.length > 1 ? {} : { hint: first.hint }),
    details: shown.map(renderIssue).join("\n"),
  });
}
