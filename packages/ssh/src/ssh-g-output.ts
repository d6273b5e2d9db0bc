import { FlurryError } from "@flurry/core";
import * as z from "zod";

const one = z.array(z.string()).transform((values) => values.at(0));
const required = one.pipe(z.string());
const yes = one.transform((value) => value === "yes" || value === "true");
const names = one.transform((value) => (value === undefined ? [] : value.split(",")));
const files = one.transform((value) => (value === undefined ? [] : splitFileNames(value)));
const seconds = one.transform((value) => (value === undefined || value === "none" ? undefined : Number(value)));
const unlessNone = one.transform((value) => (value === "none" ? undefined : value));
const absent = z.array(z.string()).default([]);

const sshGOutput = z.object({
  hostname: required,
  user: required,
  port: required.transform(Number).pipe(z.number().int().min(1).max(65_535)),
  addressfamily: absent.pipe(one).pipe(z.enum(["any", "inet", "inet6"]).default("any")),
  bindaddress: absent.pipe(unlessNone),
  identityfile: absent,
  identityagent: absent.pipe(one),
  identitiesonly: absent.pipe(yes),
  userknownhostsfile: absent.pipe(files),
  globalknownhostsfile: absent.pipe(files),
  revokedhostkeys: absent.pipe(unlessNone),
  hashknownhosts: absent.pipe(yes),
  hostkeyalias: absent.pipe(unlessNone),
  stricthostkeychecking: absent.pipe(one).transform((value) => strictness(value)),
  hostkeyalgorithms: absent.pipe(names),
  kexalgorithms: absent.pipe(names),
  ciphers: absent.pipe(names),
  macs: absent.pipe(names),
  compression: absent.pipe(yes),
  proxyjump: absent.pipe(unlessNone),
  proxycommand: absent.pipe(unlessNone),
  proxyusefdpass: absent.pipe(yes),
  certificatefile: absent,
  pkcs11provider: absent.pipe(unlessNone),
  gssapiauthentication: absent.pipe(yes),
  knownhostscommand: absent.pipe(unlessNone),
  forkafterauthentication: absent.pipe(one),
  connecttimeout: absent.pipe(seconds),
  serveraliveinterval: absent.pipe(seconds),
  serveralivecountmax: absent.pipe(seconds),
});

/** What `ssh -G` says, by its own (lower case) names. Tokens are expanded only where `ssh -G` expands them. */
export type SshGOutput = z.infer<typeof sshGOutput>;

/**
 * Reads the output of `ssh -G`: one setting a line, its name, a blank, its value.
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID
 */
export function parseSshGOutput(text: string): SshGOutput {
  const settings: Record<string, string[]> = {};
  for (const line of text.split("\n")) {
    const blank = line.indexOf(" ");
    if (blank > 0) (settings[line.slice(0, blank).toLowerCase()] ??= []).push(line.slice(blank + 1).trim());
  }
  const parsed = sshGOutput.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw new FlurryError("FLURRY_SSH_CONFIG_INVALID", "`ssh -G` printed something that Flurry cannot read", {
    details: z.prettifyError(parsed.error),
    hint: "Flurry needs OpenSSH 7.6 or later.",
  });
}

/**
 * `ssh -G` joins file names with blanks and does not quote those that have blanks themselves. Names are absolute by
 * then, so that a word that does not look like the begin of a name belongs to the one before.
 */
export function splitFileNames(text: string): string[] {
  const names: string[] = [];
  for (const word of text.split(" ")) {
    const last = names.at(-1);
    if (last === undefined || /^[/~%$"]/.test(word) || word === "none") names.push(word);
    else names[names.length - 1] = `${last} ${word}`;
  }
  return names.map((name) => name.replaceAll(/^"|"$/g, "")).filter((name) => name !== "none" && name !== "");
}

/** "ask" counts as strict: nobody is asked here. */
function strictness(value = "ask"): "strict" | "accept-new" | "off" {
  if (value === "accept-new") return value;
  return ["no", "off", "false"].includes(value) ? "off" : "strict";
}
