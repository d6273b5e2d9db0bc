import { generateX25519Identity, identityToRecipient } from "age-encryption";

import { parseSops, treesOf, unlockSops } from "../../src/sops/document.ts";
import type { UnlockedSops } from "../../src/sops/document.ts";
import { encryptSops } from "../../src/sops/encrypt-document.ts";
import { ageOpener, ageWrapper } from "../../src/sops/keys/age.ts";
import { toPlain } from "../../src/sops/plain-value.ts";
import type { PlainValue } from "../../src/sops/plain-value.ts";
import type { SopsFormat } from "../../src/sops/stores/store.ts";

/** Of age, which opens the files. */
export const identity = await generateX25519Identity();

/** The one key that the files are for. */
export const wrapper = ageWrapper(await identityToRecipient(identity));
export const opener = ageOpener([identity]);
export const groups = [[wrapper]];
export const now = new Date("2026-03-04T05:06:07Z");
export const later = new Date("2026-04-05T06:07:08Z");

export const unlock = async (bytes: Uint8Array | string, format: SopsFormat): Promise<UnlockedSops> =>
  unlockSops(parseSops(Buffer.from(bytes as string), { format }), [opener]);
/** A text that was encrypted and is open. */
export const encrypt = async (text: string, format: SopsFormat = "yaml"): Promise<UnlockedSops> =>
  unlock(await encryptSops(Buffer.from(text), { format, groups, now }), format);
export const rootOf = (unlocked: UnlockedSops): PlainValue =>
  toPlain(treesOf(unlocked)[0] ?? { kind: "map", items: [] });
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** A file with everything that a change is to leave alone. */
export const sample = `# head
a: one
b:
    # inner
    c: two # inline
    d:
        - x
        - w
    e: ""
n: 5
clear_unencrypted: xy
next_unencrypted: z
last: end
`;
