import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";

import { rotateSops } from "../src/sops/change-recipients.ts";
import { changeValues } from "../src/sops/change-values.ts";
import { isSealed } from "../src/sops/cipher.ts";
import { findingsOf, parseSops, plaintextOf, unlockSops } from "../src/sops/document.ts";
import { encryptSops } from "../src/sops/encrypt-document.ts";
import { ageOpener, ageWrapper } from "../src/sops/keys/age.ts";
import { replacePlaintext } from "../src/sops/replace-plaintext.ts";
import type { Selector } from "../src/sops/selection.ts";
import { leavesOf } from "../src/sops/tree.ts";
import { hasTool } from "./real-tools.ts";
import { newest, releases, releasesFrom, workplace } from "./sops-programs.ts";

const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);
const groups = [[ageWrapper(recipient)]];
const now = new Date("2026-03-04T05:06:07Z");
const unlock = (bytes: Uint8Array) => unlockSops(parseSops(bytes, { format: "yaml" }), [ageOpener([identity])]);

const plain = `# public: head
name: x
# private here
password: p
deep_private:
    # public: inner
    a: one
    b_public:
        c: two
        private_d: [1, 2.5, true]
list:
    - k_public: v
      # private again
      private_z: w
    - plain
last: 7
`;

const selectors: readonly (Selector & { readonly from?: string })[] = [
  { kind: "unencrypted_suffix", pattern: "_public" },
  { kind: "encrypted_suffix", pattern: "_private" },
  { kind: "unencrypted_regex", pattern: "(?i)^NAME$|_public$" },
  { kind: "encrypted_regex", pattern: "^(password|[[:alpha:]]*_?private.*)\\z" },
  // A release that knows no selector by comments takes a file that has one for a file without.
  { kind: "unencrypted_comment_regex", pattern: "public:", from: "sops-3.9.4" },
  { kind: "encrypted_comment_regex", pattern: "private", from: "sops-3.9.4" },
];
/** The releases that know `mac_only_encrypted`. */
const sinceMacOnly = releasesFrom("sops-3.9.4");

describe.each(selectors)("$kind", ({ kind, pattern, from }) => {
  it.each(releasesFrom(from))("selects as %s does, and both read each other", async (release) => {
    for (const macOnlyEncrypted of sinceMacOnly.includes(release) ? [false, true] : [false]) {
      await using place = await workplace([identity]);
      await place.put("theirs.yaml", plain);
      const flags = [`--${kind.replaceAll("_", "-")}`, pattern, ...(macOnlyEncrypted ? ["--mac-only-encrypted"] : [])];
      await place.put("theirs.yaml", await place.sops(release, "-e", "--age", recipient, ...flags, "theirs.yaml"));
      const ours = await encryptSops(Buffer.from(plain), {
        format: "yaml",
        groups,
        now,
        selector: { kind, pattern },
        macOnlyEncrypted,
      });
      await place.put("ours.yaml", ours);
      expect(await place.values(release, "ours.yaml")).toEqual(await place.values(release, "theirs.yaml"));

      const theirs = await unlock(await place.read("theirs.yaml"));
      expect(theirs.file.metadata.selector).toEqual({ kind, pattern });
      expect(theirs.file.metadata.macOnlyEncrypted).toBe(macOnlyEncrypted);
      const sealed = (bytes: Uint8Array) =>
        parseSops(bytes, { format: "yaml" }).parsed.documents.flatMap((document) =>
          Array.from(leavesOf(document), (leaf) => leaf.value.kind === "str" && isSealed(leaf.value.value)),
        );
      expect(sealed(ours)).toEqual(sealed(theirs.file.bytes));

      const changes = [
        { kind: "set", path: ["deep_private", "b_public", "new"], value: "n" },
        { kind: "set", path: ["list", 2], value: { private_q: "q", other: 1 } },
        { kind: "unset", path: ["name"] },
      ] as const;
      const changed = await unlock(changeValues(theirs, changes, { now }));
      await place.put("changed.yaml", changed.file.bytes);
      await place.put("rotated.yaml", await rotateSops(changed, { groups, now }));
      const expected = parseAllDocuments(Buffer.from(plaintextOf(changed)).toString())[0]?.toJS() as unknown;
      expect(await place.values(release, "changed.yaml")).toEqual(expected);
      expect(await place.values(release, "rotated.yaml")).toEqual(expected);
    }
  });
});

describe("comments in lists", () => {
  const text = "l:\n    # one\n    - a # two\n    # three\n    - k: v # four\n    # five\nm: 1\n";

  it.each(releases)("of our files do not keep %s from reading them", async (release) => {
    await using place = await workplace([identity]);
    await place.put("x.yaml", await encryptSops(Buffer.from(text), { format: "yaml", groups, now }));
    expect(await place.values(release, "x.yaml")).toEqual({ l: ["a", { k: "v" }], m: 1 });
  });

  it.each(releases)("as %s writes them are read, reported, and made comments again", async (release) => {
    await using place = await workplace([identity]);
    await place.put("x.yaml", text);
    await place.put("x.yaml", await place.sops(release, "-e", "--age", recipient, "x.yaml"));
    const unlocked = await unlock(await place.read("x.yaml"));
    expect(findingsOf(unlocked.file).some(({ code }) => code === "list-comment")).toBe(true);
    const clear = Buffer.from(plaintextOf(unlocked)).toString();
    for (const word of ["one", "two", "three", "four", "five"]) expect(clear).toContain(`# ${word}`);
    const rotated = await rotateSops(unlocked, { groups, now });
    expect(findingsOf(parseSops(rotated, { format: "yaml" }))).toEqual([]);
    await place.put("x.yaml", rotated);
    // Also 3.13.2 could, which cannot read what itself writes.
    for (const reader of releases) expect(await place.values(reader, "x.yaml")).toEqual({ l: ["a", { k: "v" }], m: 1 });
  });
});

describe("several documents", () => {
  const text = "# head\na: 1\n---\n# of two\nb: two\n---\nc:\n    - 3\n";

  it.each(releases)("go to %s and back", async (release) => {
    await using place = await workplace([identity]);
    await place.put("ours.yaml", await encryptSops(Buffer.from(text), { format: "yaml", groups, now }));
    expect(await place.sops(release, "-d", "ours.yaml")).toBe(text);
    await place.put("theirs.yaml", text);
    await place.put("theirs.yaml", await place.sops(release, "-e", "--age", recipient, "theirs.yaml"));
    const theirs = await unlock(await place.read("theirs.yaml"));
    expect(Buffer.from(plaintextOf(theirs)).toString()).toBe(text);
    const changed = replacePlaintext(
      theirs,
      Buffer.from(text.replace("two\n", "zwei\n").replace("- 3", "- 3\n    - 4")),
      { now },
    );
    await place.put("theirs.yaml", changed);
    expect(await place.sops(release, "-d", "theirs.yaml")).toContain("- 4");
    await place.put("theirs.yaml", await rotateSops(await unlock(changed), { groups, now }));
    expect(await place.sops(release, "-d", "theirs.yaml")).toContain("- 4");
  });
});

describe.runIf(hasTool("sops"))("what sops does to our files", () => {
  it("set, unset, edit and rotate are read by us", async () => {
    await using place = await workplace([identity], { EDITOR: "sed -i s/secret/edited/" });
    const bytes = await encryptSops(Buffer.from("# c\na: secret\nb: [1, x]\n"), { format: "yaml", groups, now });
    await place.put("x.yaml", bytes);
    const read = async () => Buffer.from(plaintextOf(await unlock(await place.read("x.yaml")))).toString();
    await place.sops(newest, "set", "x.yaml", '["nn"]["m"]', '{"k": 42, "s": "v"}');
    expect(await read()).toContain("nn:\n    m:\n        k: 42\n        s: v\n");
    await place.sops(newest, "unset", "x.yaml", '["b"][0]');
    await place.sops(newest, "edit", "x.yaml");
    expect(await read()).toContain("# c\na: edited\nb:\n    - x\n");
    await place.sops(newest, "rotate", "-i", "x.yaml");
    expect(await read()).toContain("# c\na: edited\nb:\n    - x\n");
    expect(JSON.parse(await place.sops(newest, "filestatus", "x.yaml"))).toEqual({ encrypted: true });
    expect(await place.sops(newest, "decrypt", "--extract", '["nn"]["m"]["s"]', "x.yaml")).toBe("v");
    await place.put(
      "flat.yaml",
      await encryptSops(Buffer.from("a: in the environment\n"), { format: "yaml", groups, now }),
    );
    expect(await place.sops(newest, "exec-env", "flat.yaml", "printf '%s' \"$a\"")).toBe("in the environment");
  });
});
