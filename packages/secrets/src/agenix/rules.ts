import { isAbsolute, join, normalize, relative } from "node:path";

import { FlurryError } from "@flurry/core";
import * as z from "zod";

import type { PluginOptions } from "../age/plugin.ts";
import { parseRecipient } from "../age/recipient.ts";
import type { AgeRecipient } from "../age/recipient.ts";
import { checkRecipients } from "../age/recipients-rules.ts";

/** Who may read one file, as `secrets.nix` says. */
export interface AgenixRule {
  /** The file as it is named in the rules: relative to {@link AgenixRules.root}. */
  readonly file: string;
  /** Where it is. */
  readonly path: string;
  readonly recipients: readonly AgeRecipient[];
  /** Whether the file is written in ASCII armor. */
  readonly armor: boolean;
}

/** The content of a `secrets.nix`. */
export interface AgenixRules {
  /** The folder that the names of the rules are relative to. */
  readonly root: string;
  /** In the order of their names. */
  readonly rules: readonly AgenixRule[];
}

/**
 * Evaluates a Nix file and returns its value, as from `nix-instantiate --eval --strict --json FILE`. A parameter, because
 * this package runs without Nix.
 */
export type EvaluateNix = (file: string) => Promise<unknown>;

/** Options of {@link readAgenixRules}. */
export interface AgenixRulesOptions extends PluginOptions {
  /** The folder that the names of the rules are relative to: where `agenix` is run. Default: that of the rules' file. */
  readonly root?: string;
}

const rule = z.object({
  publicKeys: z.array(z.string()),
  armor: z.boolean().optional(),
});
const ruleSet = z.record(z.string().min(1), rule);

/**
 * Reads a `secrets.nix`.
 *
 * @param file - its absolute path
 * @throws FlurryError FLURRY_AGENIX_RULES_INVALID, and whatever `evaluateNix` throws
 */
export async function readAgenixRules(
  file: string,
  evaluateNix: EvaluateNix,
  options: AgenixRulesOptions = {},
): Promise<AgenixRules> {
  return parseAgenixRules(await evaluateNix(file), file, options);
}

/**
 * Checks an evaluated `secrets.nix`.
 *
 * @throws FlurryError FLURRY_AGENIX_RULES_INVALID, whose details list every mistake
 */
export function parseAgenixRules(value: unknown, file: string, options: AgenixRulesOptions = {}): AgenixRules {
  const root = options.root ?? join(file, "..");
  const parsed = ruleSet.safeParse(value);
  if (!parsed.success)
    throw rulesError(
      file,
      parsed.error.issues.map(
        ({ path, message }) => `${path.map((part) => JSON.stringify(part)).join(".") || "the file"}: ${message}`,
      ),
    );
  const mistakes: string[] = [];
  const rules = Object.entries(parsed.data)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, { publicKeys, armor = false }]): AgenixRule[] => {
      try {
        const path = pathInside(root, name);
        const recipients = publicKeys.map((key) => parseRecipient(key, options));
        checkRecipients(recipients);
        return [{ file: name, path, recipients, armor }];
      } catch (error) {
        mistakes.push(`${JSON.stringify(name)}: ${FlurryError.from(error).message}`);
        return [];
      }
    });
  if (mistakes.length > 0) throw rulesError(file, mistakes);
  return { root, rules };
}

/**
 * Finds the rule for a file.
 *
 * @throws FlurryError FLURRY_AGENIX_NO_RULE
 */
export function agenixRuleFor(rules: AgenixRules, file: string): AgenixRule {
  const wanted = isAbsolute(file) ? normalize(file) : join(rules.root, file);
  const found = rules.rules.find(({ path }) => path === wanted);
  if (found === undefined)
    throw new FlurryError("FLURRY_AGENIX_NO_RULE", `The rules do not name ${relative(rules.root, wanted)}`, {
      place: { file: wanted },
      hint: `Add "${relative(rules.root, wanted)}".publicKeys = [ … ]; to secrets.nix.`,
    });
  return found;
}

function pathInside(root: string, name: string): string {
  const path = join(root, name);
  const inside = relative(root, path);
  if (isAbsolute(name) || name.includes("\0") || inside === "" || inside === ".." || inside.startsWith("../"))
    throw new FlurryError("FLURRY_AGENIX_RULES_INVALID", "its path leads out of the folder of the rules");
  return path;
}

function rulesError(file: string, mistakes: readonly string[]): FlurryError {
  return new FlurryError(
    "FLURRY_AGENIX_RULES_INVALID",
    `${file} has ${mistakes.length} mistake${mistakes.length === 1 ? "" : "s"}: ${mistakes[0]}`,
    {
      place: { file },
      details: mistakes.join("\n"),
      hint: 'A rule looks like "wifi.age".publicKeys = [ "ssh-ed25519 …" "age1…" ];',
    },
  );
}
