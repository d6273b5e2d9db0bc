import { describe, expect, it } from "vitest";
import * as z from "zod";

import { fleetJsonSchema } from "../json-schema.ts";
import { parseFleet } from "./parse-fleet.ts";

const hostile = [
  "-oProxyCommand=touch pwned",
  "--option",
  "$(touch pwned)",
  "`touch pwned`",
  "${builtins.abort}",
  "a; touch pwned",
  "a | touch pwned",
  "a && touch pwned",
  "a'b",
  'a"b',
  "a\\b",
  "a b",
  "a\nb",
  "a\rb",
  "a\tb",
  "a\0b",
  "a\u001b[2Jb",
  "a\u202eb",
  "日本",
  "../../etc/passwd",
  "/etc/passwd",
  "a/../b",
  "a?remote-program=touch",
  "a&b",
  "%h",
  "http://nas/$(touch${IFS}pwned);`touch${IFS}pwned`|&x='\"",
  "*",
  "~",
  "x".repeat(70_000),
];

/** Fields that take some of these, and why nothing runs: what becomes of them is tried in the package that uses them. */
const takenAsTheyAre: Readonly<Record<string, string>> = {
  description: "is only shown, with control characters made visible",
  "hosts.*.configuration": "is an attribute's name and reaches Nix as JSON",
  "hosts.*.health.*.command": "is a shell command by its meaning, and reaches `sh -c` as one word",
  "hosts.*.health.*.unit": "may have a backslash, as systemd escapes names; it reaches systemctl as one word behind --",
  "hosts.*.health.*.units.*": "the same",
  "hosts.*.health.*.http": "reaches curl as one word behind --",
  "*.deploy.sshOptions.*": "is read as ssh's own command line, and refused there unless it says how to connect",
  "*.deploy.identityFile": "is a file's name in quotes of ssh's own; what those cannot hold is refused",
  "*.deploy.identityFiles.*": "the same",
  "*.deploy.sudo": "is split at blanks; its words reach a shell in quotes",
  "*.deploy.sudo.*": "the same",
  "secrets.files.<name>": "is a path below the repository that only Flurry itself opens",
  "secrets.files.*.hosts.*": "is a selector, and * selects every host",
  "rollout.waves.*": "the same",
  "metrics.prometheus": "is a file's name that only Flurry itself opens",
  nixpkgs: "is printed into flake.nix as a string",
  "inputs.*": "the same",
  "inputs.*.url": "the same",
};

const node = z.looseObject({
  $ref: z.string().optional(),
  type: z.string().optional(),
  required: z.array(z.string()).default([]),
  get properties() {
    return z.record(z.string(), node).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), node]).optional();
  },
  get items() {
    return node.optional();
  },
  get anyOf() {
    return z.array(node).optional();
  },
});
type Node = z.infer<typeof node>;

/** A place of the fleet file that takes a text, and a fleet file with another text there. */
interface Place {
  readonly path: string;
  readonly fleetWith: (text: string) => unknown;
}

const required: Readonly<Record<string, unknown>> = {
  url: "github:owner/repo",
  backend: "sops",
  admins: {},
  files: {},
  hosts: "nas",
  port: 22,
};

const schema = node.parse(fleetJsonSchema());
const definitions = z.record(z.string(), node).parse(schema["$defs"]);

function placesOf(at: Node, path: readonly string[], wrap: (value: unknown) => unknown): readonly Place[] {
  const name = at.$ref?.replace("#/$defs/", "");
  if (name !== undefined) return placesOf(definitions[name] ?? node.parse({}), path, wrap);
  const choices = (at.anyOf ?? []).flatMap((choice) => placesOf(choice, path, wrap));
  const own = at.type === "string" ? [{ path: path.join("."), fleetWith: wrap }] : [];
  const items = at.items === undefined ? [] : placesOf(at.items, [...path, "*"], (value) => wrap([value]));
  const properties = Object.entries(at.properties ?? {}).flatMap(([key, value]) => {
    const others = path.length === 0 ? [] : at.required.filter((each) => each !== key);
    const rest = Object.fromEntries(others.map((each) => [each, required[each]]));
    return placesOf(value, [...path, key], (text) => wrap({ ...rest, [key]: text }));
  });
  const values = at.additionalProperties;
  const named =
    typeof values !== "object"
      ? []
      : [
          { path: [...path, "<name>"].join("."), fleetWith: (text: string) => wrap({ [text]: sample(values) }) },
          ...placesOf(values, [...path, "*"], (value) => wrap({ nas: value })),
        ];
  return [...own, ...choices, ...items, ...properties, ...named];
}

/** Some value of a mapping whose keys are tried. */
function sample(values: Node): unknown {
  if (values.required.includes("hosts")) return { hosts: ["nas"] };
  return values.type === "string" ? "nixpkgs" : (values.anyOf ?? []).some(({ $ref }) => $ref !== undefined) ? {} : "x";
}

/** The whole fleet with a piece put over one that is right. */
function fleet(piece: unknown): unknown {
  const given = z.looseObject({}).parse(piece);
  return { hosts: { nas: {} }, ...given };
}

const places = placesOf(schema, [], fleet).filter(({ path }) => path !== "");

function takes({ fleetWith }: Place): readonly string[] {
  return hostile.filter((text) => parseFleet(fleetWith(text)).ok);
}

/** `*` stands for one name or several. */
function isKnown(path: string): boolean {
  return Object.keys(takenAsTheyAre).some((pattern) =>
    new RegExp(`^${pattern.replaceAll(".", String.raw`\.`).replaceAll("*", ".*")}$`).test(path),
  );
}

describe("every field of a fleet file, given hostile texts", () => {
  it("is found by walking the schema", () => {
    const paths = new Set(places.map(({ path }) => path));
    for (const path of [
      "hosts.<name>",
      "hosts.*.address",
      "hosts.*.addresses.*",
      "hosts.*.tags.*",
      "hosts.*.hostKey",
      "hosts.*.deploy.sshUser",
      "hosts.*.deploy.user",
      "hosts.*.deploy.jump",
      "hosts.*.deploy.confirmVia.*",
      "hosts.*.health.*.unit",
      "defaults.deploy.sudo.*",
      "secrets.admins.<name>",
      "rollout.waves.*",
    ])
      expect(paths).toContain(path);
    expect(places.length).toBeGreaterThan(70);
  });

  const strict = places.filter(({ path }) => !isKnown(path));
  it.each(strict.map((place) => [place.path, place] as const))("%s refuses them all", (_, place) => {
    expect(takes(place).map((text) => text.slice(0, 40))).toEqual([]);
  });

  it("has no field on the list of exceptions that is none", () => {
    const taking = places.filter((place) => takes(place).length > 0).map(({ path }) => path);
    for (const pattern of Object.keys(takenAsTheyAre)) {
      const exact = new RegExp(`^${pattern.replaceAll(".", String.raw`\.`).replaceAll("*", ".*")}$`);
      expect
        .soft(
          taking.some((path) => exact.test(path)),
          pattern,
        )
        .toBe(true);
    }
  });
});
