import { readdirSync, readFileSync } from "node:fs";

import { generateX25519Identity, identityToRecipient } from "age-encryption";
import * as openpgp from "openpgp";

import {
  ageOpener,
  ageWrapper,
  changeValues,
  decryptAge,
  encryptAge,
  encryptSops,
  findingsOf,
  inspectAge,
  openIdentity,
  parseAgenixRules,
  parseIdentityFile,
  parsePath,
  parseRecipient,
  parseRecipientFile,
  parseSops,
  parseSshPrivateKey,
  parseSshPublicKey,
  pgpOpener,
  pgpWrapper,
  plaintextOf,
  shellWords,
  sopsFormats,
  sopsPolicy,
  sshToAgeRecipients,
  toPlain,
  treesOf,
  unlockSops,
} from "../../src/index.ts";
import type { SopsFormat, UnlockedSops } from "../../src/index.ts";

/** A parser, and inputs that it takes. */
export interface Target {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  /** Must return or throw a FlurryError. */
  run(input: Buffer): unknown;
}

const vectors = new URL("../../../../fixtures/vectors/", import.meta.url);
const read = (path: string): Buffer => readFileSync(new URL(path, vectors));
const folder = (path: string, pattern: RegExp): Buffer[] =>
  readdirSync(new URL(path, vectors), { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() && pattern.test(entry.name) ? [read(`${path}${entry.name}`)] : [],
  );
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

const plain: Readonly<Record<SopsFormat, string>> = {
  yaml: "# c\na: 1\nb: [x, {y: 2.5}, null]\nc:\n  d_unencrypted: true\n  e: |\n    two\n    lines\n---\nf: 2024-01-01\n",
  json: '{"a": 1, "b": ["x", {"y": 2.5}, null], "c": {"d_unencrypted": true, "e": "two\\nlines"}}\n',
  dotenv: "# c\nA=1\nB_unencrypted=x y\nC=two\\nlines\n",
  ini: "; c\ntop = 1\n\n[s]\na = 1\nb = x ; y\n\n[t]\nc = `q`\n",
  binary: "any bytes\0at all",
};

/** Every parser of files that others may have written. */
export async function targets(): Promise<readonly Target[]> {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  const now = new Date("2026-01-02T03:04:05Z");
  const pgp = await openpgp.generateKey({ userIDs: [{ name: "a" }], type: "ecc", format: "object" });
  const armoredPublic = pgp.publicKey.armor();
  const pgpKey = await pgpWrapper(armoredPublic, pgp.publicKey.getFingerprint());
  const pgpEnc = Buffer.from(await pgpKey.wrap(new Uint8Array(32)));
  const openPgp = await pgpOpener([{ armored: pgp.privateKey.armor() }]);
  const groups = [[ageWrapper(recipient)]];
  const openers = [ageOpener([identity])];
  const ageFiles = [
    await encryptAge(Buffer.from("content"), [parseRecipient(recipient)]),
    await encryptAge(Buffer.from("content"), [parseRecipient(recipient)], { format: "armor" }),
    ...folder("age/files/", /\.age$/).filter(({ length }) => length < 20_000),
  ];
  const sshKeys = folder("age/keys/", /^(?:ed25519|rsa|.*encrypted|.*pem)/);
  const identities = folder("age/keys/", /\.txt$/);
  const publicKeys = folder("age/keys/", /\.pub$/);
  const pathOf = { yaml: /\.ya?ml$/, json: /\.json$/, dotenv: /\.env$/, ini: /\.ini$/, binary: /\.bin(?:ary)?$/ };
  const sealed = async (format: SopsFormat): Promise<Uint8Array[]> => [
    await encryptSops(Buffer.from(plain[format]), { format, groups, now }),
    await encryptSops(Buffer.from(plain[format]), { format, groups: [...groups, ...groups], threshold: 2, now }),
    ...folder("sops/files/", pathOf[format]).filter(({ length }) => length < 20_000),
  ];
  const sops = await Promise.all(
    sopsFormats.map(async (format): Promise<Target[]> => [
      {
        name: `sops ${format}`,
        samples: await sealed(format),
        run: async (input) => {
          const file = parseSops(input, { format });
          findingsOf(file);
          return plaintextOf(await unlockSops(file, openers));
        },
      },
      {
        name: `plain ${format}`,
        samples: [Buffer.from(plain[format]), ...folder("sops/plain/", pathOf[format])],
        run: (input) => encryptSops(input, { format, groups, now }),
      },
      {
        name: `round trip ${format}`,
        samples: [Buffer.from(plain[format]), ...folder("sops/plain/", pathOf[format])],
        run: async (input) => {
          const open = async (bytes: Uint8Array) => unlockSops(parseSops(bytes, { format }), openers);
          const first = await open(await encryptSops(input, { format, groups, now }));
          const clear = plaintextOf(first);
          // What is printed in clear holds the same values when it is read again.
          const second = await open(await encryptSops(clear, { format, groups, now }).catch(unforeseen));
          if (valuesOf(first) !== valuesOf(second)) throw new Error("the values are others after a round trip");
          const changed = changeValues(
            second,
            [{ kind: "set", path: format === "dotenv" ? ["NEW"] : ["new", "value"], value: "x\ny: #" }],
            { now },
          );
          const third = await open(changed).catch(unforeseen);
          if (!valuesOf(third).includes("x\\ny: #")) throw new Error("a value that was set is not there");
        },
      },
    ]),
  );
  return [
    { name: "age file", samples: ageFiles, run: (input) => [inspectAge(input), decryptAge(input, [identity])] },
    {
      name: "identity file",
      samples: [...identities, ...sshKeys, Buffer.from(`# c\n${identity}\n`)],
      run: runIdentity,
    },
    { name: "ssh private key", samples: sshKeys, run: (input) => parseSshPrivateKey(text(input)).open("passphrase") },
    { name: "ssh public key", samples: publicKeys, run: (input) => parseSshPublicKey(text(input)) },
    { name: "known hosts", samples: publicKeys, run: (input) => sshToAgeRecipients(text(input), "known_hosts") },
    {
      name: "recipients",
      samples: [...publicKeys, Buffer.from(`# c\n${recipient}\n`)],
      run: (input) => parseRecipientFile(text(input), "recipients.txt"),
    },
    ...sops.flat(),
    {
      name: "PGP message",
      samples: [pgpEnc],
      run: (input) => openPgp.open({ type: "pgp", id: pgpKey.id, enc: text(input) }),
    },
    {
      name: "PGP key",
      samples: [Buffer.from(armoredPublic)],
      run: (input) => pgpWrapper(text(input), pgp.publicKey.getFingerprint()),
    },
    {
      name: ".sops.yaml",
      samples: [
        Buffer.from(
          `keys:\n  - &alice ${recipient}\ncreation_rules:\n  - path_regex: ^a/.*\\.ya?ml$\n    key_groups:\n      - age: [*alice]\n        pgp: [${"AB".repeat(20)}]\n    shamir_threshold: 1\n  - age: ${recipient},${recipient}\n    encrypted_regex: ^(data)$\n`,
        ),
      ],
      run: (input) => {
        const { rules } = sopsPolicy(text(input), "/repo/.sops.yaml");
        return rules.map((rule) => rule.matches("a/b.yaml"));
      },
    },
    {
      name: "secrets.nix",
      samples: [Buffer.from(JSON.stringify({ "a.age": { publicKeys: [recipient], armor: true } }))],
      run: (input) => parseAgenixRules(jsonOf(text(input)), "/repo/secrets.nix"),
    },
    {
      name: "path",
      samples: [Buffer.from('["a"]["b c"][0]'), Buffer.from("a.b[0].c")],
      run: (input) => parsePath(text(input)),
    },
    {
      name: "command",
      samples: [Buffer.from(`code --wait 'a b' "c\\"d"`)],
      run: (input) => shellWords(text(input), "EDITOR"),
    },
  ];
}

/** An error that says what it should not: what Flurry wrote itself is always read. */
function unforeseen(error: unknown): never {
  throw new Error("what was written is not read", { cause: error });
}

function valuesOf(unlocked: UnlockedSops): string {
  return JSON.stringify(treesOf(unlocked).map(toPlain), (_, value: unknown) =>
    typeof value === "bigint" || Object.is(value, -0) || (typeof value === "number" && !Number.isFinite(value))
      ? `number ${Object.is(value, -0) ? "-0" : String(value)}`
      : value instanceof Uint8Array
        ? `bytes ${Buffer.from(value).toString("base64")}`
        : value,
  );
}

async function runIdentity(input: Buffer): Promise<void> {
  for (const source of parseIdentityFile(input, { name: "keys.txt" })) openIdentity(source);
}

/** What Nix hands over is JSON. */
function jsonOf(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}
