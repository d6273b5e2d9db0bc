import type { AgenixRules } from "../agenix/rules.ts";
import type { PolicyKey } from "./policy-key.ts";
import type { Policy, PolicyRule } from "./policy.ts";
import { groupReaders, nameOfSshKey } from "./reader-names.ts";
import type { PolicyOptions } from "./sops-policy.ts";

/**
 * The policy of an existing `secrets.nix`, already evaluated (see `readAgenixRules`).
 *
 * @param path - of the file, absolute
 * @param text - its source; names are taken from bindings such as `nas = "ssh-ed25519 …";`, else, where the rules have
 * their keys from elsewhere, from the comments of the keys
 */
export function agenixPolicy(
  { root, rules }: AgenixRules,
  path: string,
  { text = "", file = path, known = [] }: PolicyOptions & { readonly text?: string } = {},
): Policy {
  const keyOf = (id: string): PolicyKey => ({ type: "age", id });
  const bindings = bindingsOf(text);
  const lines = text.split("\n");
  return {
    source: { kind: "agenix-rules", file, path },
    backend: "agenix",
    root,
    readers: groupReaders(
      rules.flatMap(({ recipients }) => recipients.map(({ text: id }) => keyOf(id))),
      (key) => bindings.get(withoutComment(key.id)) ?? nameOfSshKey(key),
      known,
    ),
    rules: rules.map((rule): PolicyRule => {
      const line = lines.findIndex((content) => content.includes(`"${rule.file}"`)) + 1;
      return {
        name: rule.file,
        covers: "file",
        matches: (candidate) => candidate === rule.file,
        groups: [rule.recipients.map(({ text: id }) => keyOf(id))],
        threshold: undefined,
        selector: undefined,
        macOnlyEncrypted: false,
        armor: rule.armor,
        place: line === 0 ? { file } : { file, line },
      };
    }),
    issues: [],
  };
}

/** The names that keys are bound to, with a guess at whether the name is in a list of users or of systems. */
function bindingsOf(
  text: string,
): ReadonlyMap<string, { readonly name: string; readonly kind: "admin" | "host" | "key" }> {
  const users = new Set(listed(text, "users|admins|people"));
  const systems = new Set(listed(text, "systems|hosts|machines|servers"));
  const found = text.matchAll(/(?:^|[\s{;])([A-Za-z_][\w'-]*)\s*=\s*"((?:ssh-|age1)[^"$\\]+)"\s*;/g);
  return new Map(
    [...found].map(([, name = "", key = ""]) => [
      withoutComment(key),
      { name, kind: systems.has(name) ? "host" : users.has(name) ? "admin" : "key" },
    ]),
  );
}

/** The words in a list that is bound to one of some names: `users = [ alice bob ];`. */
function listed(text: string, names: string): string[] {
  const lists = text.matchAll(new RegExp(`(?:^|\\s)(?:${names})\\s*=\\s*\\[([^\\]"]*)\\]`, "g"));
  return [...lists].flatMap(([, words = ""]) => words.split(/\s+/));
}

function withoutComment(key: string): string {
  return key.trim().split(/\s+/).slice(0, 2).join(" ");
}
