import { FlurryError } from "@flurry/core";
import type { Issue } from "@flurry/core";

import { atPlace } from "./at-place.ts";
import type { PluginOptions } from "./plugin.ts";
import { parseRecipient } from "./recipient.ts";
import type { AgeRecipient } from "./recipient.ts";

/** What a recipients file says. */
export interface RecipientFile {
  readonly recipients: readonly AgeRecipient[];
  /** SSH keys of types that age has no stanza for; they are passed over, as age does. */
  readonly warnings: readonly Issue[];
}

/** age's own bound. */
const maxFileBytes = 16 * 1024 * 1024;

/**
 * Reads a recipients file (`age -R`), or an `authorized_keys` file: one recipient a line, `#` comments.
 *
 * @throws FlurryError FLURRY_AGE_RECIPIENT_INVALID with file and line, FLURRY_SSH_KEY_INVALID, FLURRY_AGE_TOO_LARGE
 */
export function parseRecipientFile(text: string, name: string, options: PluginOptions = {}): RecipientFile {
  if (text.length > maxFileBytes)
    throw new FlurryError("FLURRY_AGE_TOO_LARGE", "The recipients file is larger than 16 MiB", {
      place: { file: name },
    });
  const recipients: AgeRecipient[] = [];
  const warnings: Issue[] = [];
  for (const [index, content] of text.split("\n").entries()) {
    const line = content.trim();
    if (line === "" || line.startsWith("#")) continue;
    const place = { file: name, line: index + 1 };
    try {
      recipients.push(atPlace(place, () => parseRecipient(line, options)));
    } catch (error) {
      if (!FlurryError.is(error) || error.code !== "FLURRY_SSH_KEY_UNSUPPORTED") throw error;
      warnings.push({ code: "ssh-key-skipped", message: error.message, severity: "warning", path: [], place });
    }
  }
  if (recipients.length === 0)
    throw new FlurryError("FLURRY_AGE_RECIPIENT_INVALID", "The file has no recipient in it", { place: { file: name } });
  return { recipients, warnings };
}
