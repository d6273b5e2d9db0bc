import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { describe, expect, it } from "vitest";

import { rotateSops, updateRecipients } from "../src/sops/change-recipients.ts";
import { changeValues } from "../src/sops/change-values.ts";
import { parseSops, plaintextOf, treesOf, unlockSops } from "../src/sops/document.ts";
import type { UnlockedSops } from "../src/sops/document.ts";
import { encryptSops } from "../src/sops/encrypt-document.ts";
import { ageOpener, ageWrapper } from "../src/sops/keys/age.ts";
import { toPlain } from "../src/sops/plain-value.ts";
import { replacePlaintext } from "../src/sops/replace-plaintext.ts";
import type { SopsFormat } from "../src/sops/stores/store.ts";
import { newest, releases, workplace } from "./sops-programs.ts";
import type { Workplace } from "./sops-programs.ts";

const identity = await generateX25519Identity();
const other = await generateX25519Identity();
const recipient = await identityToRecipient(identity);
const otherRecipient = await identityToRecipient(other);
const now = new Date("2026-03-04T05:06:07.890Z");
const groups = [[ageWrapper(recipient)]];

const unlock = (bytes: Uint8Array, format: SopsFormat): Promise<UnlockedSops> =>
  unlockSops(parseSops(bytes, { format }), [ageOpener([identity])]);

/** Whole numbers as the parsers of the tests have them. */
const valuesOf = (unlocked: UnlockedSops): unknown =>
  JSON.parse(
    JSON.stringify(toPlain(treesOf(unlocked)[0] ?? { kind: "map", items: [] }), (_, value: unknown) =>
      typeof value === "bigint" ? Number(value) : value,
    ),
  );

/** Files in clear with what is hard about their format. */
const corpus: Readonly<Record<string, { readonly format: SopsFormat; readonly text: string }>> = {
  "plain.yaml": {
    format: "yaml",
    text: `# top
a: 1 # in a
b: # after b
  # head c
  c: two
  # foot c

  # head d
  d: |
    x
      y

  # trailing in b
# before list
l:
  - x
  - k: v # kv
    # in item
    n: 2
  - - 1
    - [2, {z: "ü"}]
f: {a: 1, b: [1, 2], "c d": 'q''q'} # flow
e: ""
nul:
tilde: ~
t: true
fl: 1.5
big: 9223372036854775807
exp: 1e21
half: .5
hex: 0xff
octal: 0755
under: 1_000
zeroeight: 08
yes_word: yes
quoted: "12"
folded: >-
  one
  two

  three
dq: "tab\\there \\u2028 \\U0001F600"
emoji: 😀 ü
multi line key with spaces: v
"key: with colon": v
'a.b[c]/d': v
? explicit
: value
secret_unencrypted: in clear
nested_unencrypted:
  list: [1, two, 3.5, false]
empty_map: {}
empty_list: []
pem: |
  -----BEGIN KEY-----
  abc
  -----END KEY-----
keep: |+
  text

last: end
# end
`,
  },
  "indent2.yml": { format: "yaml", text: "a:\n  b:\n    c: 1\n  l:\n  - x\n  - y: 1\n    z: 2\n" },
  "crlf.yaml": { format: "yaml", text: "a: one\r\nb:\r\n  - two\r\n  - three\r\nc: x # c\r\n# d\r\n" },
  "plain.json": {
    format: "json",
    text: `{
  "s": "text <&> \\u2028 \\ud83d\\ude00",
  "n": 42, "f": 1.5, "e": 1e300, "neg": -0.25, "t": true, "x": null, "": "empty key",
  "10": "number-like", "2": "order",
  "o": {"a": [1, "two", {"b": []}], "c": {}},
  "es": "", "multi": "a\\nb\\n", "p_unencrypted": {"q": 7}
}`,
  },
  "plain.env": {
    format: "dotenv",
    text: `# comment\nA=1\nB="quoted"\nexport C=x=y\nD=\nE= spaced \nPEM=-----BEGIN\\nabc\\n-----END\n\nF_unencrypted=clear\n#last\nG=end`,
  },
  "plain.ini": {
    format: "ini",
    text: `top = level\n; about s\n[s]\nuser = x ; inline\n; two\n; lines\npassword = \`a;b#c\`\nmulti = """one\ntwo"""\nq = "quoted"\nempty =\ncolon: v\nlong_unencrypted = 1\n\n[other]\nk=v\n`,
  },
  "plain.bin": { format: "binary", text: "any\0bytes \n<&>\u00ff" },
  "empty.bin": { format: "binary", text: "" },
};

describe.each(Object.entries(corpus))("%s", (name, { format, text }) => {
  const plain = Buffer.from(text, "utf8");
  /** What a release of sops makes of a file: its values, or the text of a binary file. */
  const read = (place: Workplace, release: string, file: string): Promise<unknown> =>
    format === "binary" ? place.sops(release, "-d", file) : place.values(release, file);
  const contentOf = (unlocked: UnlockedSops): unknown =>
    format === "binary" ? Buffer.from(plaintextOf(unlocked)).toString() : valuesOf(unlocked);

  it.each(releases)("%s and we read each other's, after each change", async (release) => {
    await using place = await workplace([identity]);
    await using others = await workplace([other]);
    await place.put(name, plain);
    const theirs = await place.sops(release, "-e", "--age", recipient, name);
    const theirFile = await place.put(`theirs-${name}`, theirs);
    const ourFile = await place.put(`ours-${name}`, await encryptSops(plain, { format, groups, now }));
    const [meant, ofTheirs, ofOurs] = await Promise.all([
      read(place, newest, theirFile),
      read(place, release, theirFile),
      read(place, release, ourFile),
    ]);
    expect(ofTheirs).toEqual(meant);
    expect(ofOurs).toEqual(meant);

    // A change that changes nothing keeps the bytes.
    const unlocked = await unlock(Buffer.from(theirs), format);
    expect(contentOf(unlocked)).toEqual(meant);
    const clear = Buffer.from(plaintextOf(unlocked)).toString();
    expect(Buffer.from(replacePlaintext(unlocked, plaintextOf(unlocked), { now })).toString()).toBe(theirs);
    const rotated = await unlock(await rotateSops(unlocked, { groups, now }), format);
    expect(Buffer.from(plaintextOf(rotated)).toString()).toBe(clear);

    // Keyed to one more, who alone keeps it.
    const both = [[ageWrapper(recipient), ageWrapper(otherRecipient)]];
    const shared = await unlock(await updateRecipients(rotated, { groups: both, now }), format);
    const alone = await updateRecipients(shared, { groups: [[ageWrapper(otherRecipient)]], now });
    await expect(unlock(alone, format)).rejects.toMatchObject({ code: "FLURRY_SOPS_NO_KEY" });
    const files = await Promise.all([
      place.put(`rotated-${name}`, rotated.file.bytes),
      others.put(`shared-${name}`, shared.file.bytes),
      others.put(`alone-${name}`, alone),
    ]);
    for (const content of await Promise.all(
      files.map((file, index) => read(index === 0 ? place : others, release, file)),
    ))
      expect(content).toEqual(meant);

    // And what they make of ours is read and changed by us.
    await place.sops(release, "-r", "-i", `ours-${name}`);
    const back = await unlock(await place.read(`ours-${name}`), format);
    expect(contentOf(back)).toEqual(meant);
    await place.put(`ours-${name}`, await rotateSops(back, { groups, now }));
    expect(await read(place, release, ourFile)).toEqual(meant);
  });
});

describe("values set by us", () => {
  const changes = [
    { kind: "set", path: ["a"], value: "changed" },
    {
      kind: "set",
      path: ["b", "new"],
      value: { deep: [1, "two\nlines\n", { x: true, y: null, z: 1.5, e: [], m: {} }] },
    },
    { kind: "set", path: ["l", 1], value: " lead: '\"x #" },
    { kind: "set", path: ["l", 3], value: "appended" },
    { kind: "set", path: ["nul"], value: "now a value" },
    { kind: "set", path: ["f", "b"], value: [3] },
    { kind: "set", path: ["secret_unencrypted"], value: "multi\nline" },
    { kind: "set", path: ["empty_map", "k"], value: "v" },
    { kind: "set", path: ["empty_list", 0], value: "v" },
    { kind: "unset", path: ["e"] },
    { kind: "unset", path: ["l", 0] },
    { kind: "unset", path: ["b", "d"] },
  ] as const;

  it("are read by all releases", async () => {
    await using place = await workplace([identity]);
    const { text = "" } = corpus["plain.yaml"] ?? {};
    let bytes = await encryptSops(Buffer.from(text), { format: "yaml", groups, now });
    for (const change of changes) {
      bytes = changeValues(await unlock(bytes, "yaml"), [change], { now });
      await place.put("x.yaml", bytes);
      const expected = valuesOf(await unlock(bytes, "yaml"));
      for (const read of await Promise.all(releases.map((release) => place.values(release, "x.yaml"))))
        expect(read).toEqual(expected);
    }
    expect(valuesOf(await unlock(bytes, "yaml"))).toMatchObject({
      a: "changed",
      b: { new: { deep: [1, "two\nlines\n", { x: true, y: null, z: 1.5, e: [], m: {} }] } },
      secret_unencrypted: "multi\nline",
    });
  });
});
