import { FlurryError } from "@flurry/core";

import { checkPort, checkUserName, parseJumpHosts } from "./names.ts";

/** One option of the command line of `ssh`: a letter and, where the letter takes one, its value. */
export interface SshWord {
  readonly flag: string;
  readonly value?: string;
}

const withValue = "BbcFIiJlmop";
const alone = "46aACkKnqTvxy";

/** Settings that would take the command or the streams away from whoever asked for the connection. */
const notOurs = new Set([
  "remotecommand",
  "sessiontype",
  "forkafterauthentication",
  "stdinnull",
  "localforward",
  "remoteforward",
  "dynamicforward",
  "tunnel",
  "proxyusefdpass",
]);

/**
 * Reads further words for the command line of `ssh` the way `ssh` itself does (getopt): `-p 22`, `-p22`, `-o Key=Value`,
 * `-4v`. Only options that say how to connect are taken.
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID naming the word, FLURRY_SSH_UNSAFE_NAME
 */
export function parseSshWords(words: readonly string[]): readonly SshWord[] {
  const parsed: SshWord[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!/^-[A-Za-z0-9]/.test(word)) throw refused(word, "is no option of ssh");
    for (let at = 1; at < word.length; at++) {
      const flag = word.charAt(at);
      if (alone.includes(flag)) {
        parsed.push({ flag });
        continue;
      }
      if (!withValue.includes(flag)) throw refused(word, `has -${flag}, which says nothing about how to connect`);
      const value = (word.slice(at + 1) || rest.shift())?.trim();
      if (value === undefined || value === "") throw refused(word, "lacks its value");
      parsed.push({ flag, value: checkValue(flag, value) });
      break;
    }
  }
  return parsed;
}

/** Words for a command line that {@link parseSshWords} reads back as the same options. */
export function formatSshWords(words: readonly SshWord[]): string[] {
  return words.flatMap(({ flag, value }) => (value === undefined ? [`-${flag}`] : [`-${flag}`, value]));
}

function checkValue(flag: string, value: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(value)) throw refused(`-${flag}`, "has a control character in its value");
  if (flag === "p") checkPort(Number(value));
  if (flag === "l") checkUserName(value);
  if (flag === "J") parseJumpHosts(value);
  if (flag === "o") checkSetting(value);
  return value;
}

function checkSetting(setting: string): void {
  const key = /^([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+)\S/.exec(setting)?.[1]?.toLowerCase();
  if (key === undefined) throw refused(`-o ${setting}`, "is not of the form Key=Value");
  if (notOurs.has(key)) throw refused(`-o ${setting}`, "says more than how to connect");
}

function refused(word: string, why: string): FlurryError {
  return new FlurryError("FLURRY_SSH_CONFIG_INVALID", `the ssh option ${JSON.stringify(word)} ${why}`, {
    hint: "Accepted are -p PORT, -l USER, -i FILE, -J HOST, -F FILE, -o Key=Value, -b ADDRESS, -B INTERFACE, -c, -m, -I, -4, -6 and -v.",
  });
}
