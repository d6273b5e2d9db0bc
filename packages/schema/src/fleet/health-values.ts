import { quoted } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";

const unitTypes = "service|socket|target|timer|mount|automount|path|slice|scope|swap|device";

/** Why a text cannot be the name of a systemd unit (systemd.unit(5)), or undefined if it can. */
export function checkUnitName(unit: string): Complaint | undefined {
  if (/^[A-Za-z0-9:_\\][A-Za-z0-9:_.\\@-]*$/.test(unit) && unit.length <= 255) return undefined;
  return { message: `${quoted(unit)} is not the name of a systemd unit`, hint: "for example nginx.service" };
}

/** A unit name with its type, as systemctl completes it: `nginx` is `nginx.service`. */
export function fullUnitName(unit: string): string {
  return new RegExp(`\\.(?:${unitTypes})$`).test(unit) ? unit : `${unit}.service`;
}

/** Why a text cannot be the URL of a health check, or undefined if it can. */
export function checkHealthUrl(text: string): Complaint | undefined {
  let url: URL;
  // The URL parser would drop line breaks and tabs without a word.
  if (/\s/.test(text)) return { message: `${quoted(text)} is not a URL`, hint: "write blanks as %20" };
  try {
    url = new URL(text);
  } catch {
    return { message: `${quoted(text)} is not a URL`, hint: "for example http://10.0.20.1:8080/health" };
  }
  if (url.username !== "" || url.password !== "") {
    return {
      message: "the URL of a health check has a user or a password in it",
      hint: "check an address that needs none, or use a command that reads its credentials on the host",
    };
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return { message: `${quoted(text)} is neither http: nor https:`, hint: "for example http://10.0.20.1:8080/health" };
  }
  return undefined;
}
