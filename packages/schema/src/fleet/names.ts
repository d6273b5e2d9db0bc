import { quoted } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";

/** Names of hosts and tags. Also safe as a file name, an argument and an attribute of a flake. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The longest host name that Linux takes is 64 bytes; a DNS label has at most 63. */
const longestName = 63;

const lawful = "letters, digits, dots, dashes and underscores, beginning with a letter or a digit";

/** Why a text cannot be the name of a host, or undefined if it can. */
export function checkHostName(name: string): Complaint | undefined {
  return checkName("a host name", name);
}

/** Why a text cannot be a tag (written without the `@` of selectors), or undefined if it can. */
export function checkTag(tag: string): Complaint | undefined {
  if (tag.startsWith("@")) {
    return { message: `${quoted(tag)} is not a tag`, hint: "leave the @ away here: only selectors write it" };
  }
  return checkName("a tag", tag);
}

/**
 * Why a text cannot be a user name, or undefined if it can. More than what useradd takes: capitals, dots
 * and digits in front appear in directories that others manage.
 */
export function checkUserName(user: string): Complaint | undefined {
  if (user === "") return { message: "the user name is empty" };
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]*\$?$/.test(user) && user.length <= 64) return undefined;
  return {
    message: `${quoted(user)} is not a user name`,
    hint: user.includes("@")
      ? "write the user alone and the machine as address"
      : "use letters, digits, dots, dashes and underscores, not beginning with a dash",
  };
}

function checkName(what: string, name: string): Complaint | undefined {
  if (name === "") return { message: `${what} cannot be empty` };
  if (!namePattern.test(name)) return { message: `${quoted(name)} is not ${what}`, hint: `use ${lawful}` };
  if (name.length > longestName) {
    return { message: `${quoted(name)} is too long for ${what}`, hint: `use at most ${longestName} characters` };
  }
  return undefined;
}
