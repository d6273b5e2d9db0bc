import { FlurryError } from "@flurry/core";
import { bech32 } from "@scure/base";

/** age's own rule; it also keeps a name from leaving the directories of PATH. */
const pluginName = /^[a-z0-9+._-]+$/;
const notPlugins = new Set(["pq", "tag", "tagpq"]);

/**
 * The plugin that a recipient (`age1NAME1…`) belongs to; `undefined` when it belongs to none.
 *
 * @throws FlurryError FLURRY_AGE_RECIPIENT_INVALID when it looks like a plugin's but is damaged
 */
export function pluginOfRecipient(recipient: string): string | undefined {
  // Bech32 data has no "1" in it, so a second one ends a plugin's name.
  const prefix = /^age1(.*)1[^1]*$/s.exec(recipient)?.[1];
  if (prefix === undefined || notPlugins.has(prefix)) return undefined;
  if (!pluginName.test(prefix) || !isBech32(recipient, `age1${prefix}`))
    throw new FlurryError("FLURRY_AGE_RECIPIENT_INVALID", "The recipient of an age plugin is damaged", {
      hint: "Was it cut off when it was copied?",
    });
  return prefix;
}

/**
 * The plugin that an identity (`AGE-PLUGIN-NAME-1…`) belongs to.
 *
 * @throws FlurryError FLURRY_AGE_IDENTITY_INVALID
 */
export function pluginOfIdentity(identity: string): string {
  const prefix = /^AGE-PLUGIN-(.*)-1[^1]*$/s.exec(identity)?.[1]?.toLowerCase();
  if (prefix === undefined || !pluginName.test(prefix) || !isBech32(identity, `age-plugin-${prefix}-`))
    throw new FlurryError("FLURRY_AGE_IDENTITY_INVALID", "The identity of an age plugin is damaged", {
      hint: 'It should look like "AGE-PLUGIN-NAME-1…".',
    });
  return prefix;
}

function isBech32(text: string, prefix: string): boolean {
  if (text.length > 16 * 1024) return false;
  try {
    const decoded = bech32.decode<string>(text as `${string}1${string}`, false);
    bech32.fromWords(decoded.words);
    return decoded.prefix.toLowerCase() === prefix;
  } catch {
    return false;
  }
}
