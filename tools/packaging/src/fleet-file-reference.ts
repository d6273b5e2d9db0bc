import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { markdownTable as table } from "./markdown-table.ts";
import { repositoryRoot } from "./repository.ts";

/** What is read of a JSON Schema. */
const schemaSchema = z.object({
  description: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  $ref: z.string().optional(),
  get items() {
    return schemaSchema.optional();
  },
  get anyOf() {
    return z.array(schemaSchema).optional();
  },
  get properties() {
    return z.record(z.string(), schemaSchema).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), schemaSchema]).optional();
  },
  required: z.array(z.string()).optional(),
  get $defs() {
    return z.record(z.string(), schemaSchema).optional();
  },
});

type Schema = z.infer<typeof schemaSchema>;

/** The parts of a fleet file, in the order of the document. */
const sections: readonly { readonly title: string; readonly text: string; readonly find: (root: Schema) => Schema }[] =
  [
    { title: "The file", text: "Only `hosts` has to be there.", find: (root) => root },
    {
      title: "`inputs.<name>`",
      text: "A flake reference alone will do: `nixos-hardware: github:NixOS/nixos-hardware`.",
      find: (root) => mappingOf(valueOf(root.properties?.["inputs"])),
    },
    {
      title: "`defaults`",
      text: "What holds for every host. Lists of a host are added to these.",
      find: (root) => defOf(root, "defaults"),
    },
    {
      title: "`hosts.<name>`",
      text: "A host whose name is its address needs nothing: `nas:`.",
      find: (root) => defOf(root, "host"),
    },
    {
      title: "`deploy`",
      text: "Under `defaults` for all hosts, under `hosts.<name>` for one; the host wins key by key, `sshOptions` are joined.",
      find: (root) => defOf(root, "deploy"),
    },
    {
      title: "`health`",
      text: "A list; the first key of each entry says which kind of check it is. All of them must pass before the new system is confirmed.",
      find: (root) => ({ properties: merged(defOf(root, "health").anyOf ?? []) }),
    },
    {
      title: "`hosts.<name>.profiles.<name>`",
      text: "Either `home` or `output` says which package it is. It is activated as its user after the system, in the order in which the profiles are written, and confirmed or taken back together with it.",
      find: (root) => ({ properties: merged(defOf(root, "profile").anyOf ?? []) }),
    },
    {
      title: "`secrets`",
      text: "Who may read which file. From it `flurry render` writes `.sops.yaml` or `secrets.nix`, and the declarations of the secrets for their hosts.",
      find: (root) => defOf(root, "secrets"),
    },
    {
      title: "`secrets.files.<path>`",
      text: "`*` in a path stands for any text without a slash, `**` for any text.",
      find: (root) => valueOf(defOf(root, "secrets").properties?.["files"]),
    },
    {
      title: "`rollout`",
      text: "The order in which hosts are deployed, and what a failure means.",
      find: (root) => defOf(root, "rollout"),
    },
    {
      title: "`rollout.waves[]`",
      text: 'A selector alone will do: `waves: ["@storage", "*"]`.',
      find: (root) => mappingOf(defOf(root, "rollout").properties?.["waves"]?.items ?? {}),
    },
    {
      title: "`metrics`",
      text: "What the last runs came to, for node_exporter's textfile collector; see `--prometheus`.",
      find: (root) => defOf(root, "metrics"),
    },
  ];

/** The text of docs/fleet-file.md: every key of a fleet file, from its JSON Schema. */
export function fleetFileReference(): string {
  const text = readFileSync(join(repositoryRoot, "packages/schema/fleet.schema.json"), "utf8");
  const root = schemaSchema.parse(JSON.parse(text));
  const body = sections.flatMap(({ title, text: intro, find }) => {
    const { properties = {}, required = [] } = find(root);
    const rows = Object.entries(properties).map(([key, value]) => [
      `\`${key}\`${required.includes(key) ? " (required)" : ""}`,
      kindOf(value),
      cell(value.description ?? refOf(value, root).description ?? ""),
    ]);
    return ["", `## ${title}`, "", intro, "", ...table(["key", "value", "meaning"], rows)];
  });
  return [...head, ...body, ""].join("\n");
}

function defOf(root: Schema, name: string): Schema {
  const found = root.$defs?.[name];
  if (found === undefined) throw new Error(`the JSON Schema of fleet files has no ${name}`);
  return found;
}

function refOf(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.replace("#/$defs/", "");
  return name === undefined ? {} : defOf(root, name);
}

/** The values of a mapping with any names. */
function valueOf(schema: Schema | undefined): Schema {
  return typeof schema?.additionalProperties === "object" ? schema.additionalProperties : {};
}

/** Of several forms that a value may have, the mapping. */
function mappingOf(schema: Schema): Schema {
  return schema.anyOf?.find(({ properties }) => properties !== undefined) ?? schema;
}

function merged(forms: readonly Schema[]): Record<string, Schema> {
  return Object.assign({}, ...forms.map(({ properties = {} }) => properties)) as Record<string, Schema>;
}

function kindOf(schema: Schema): string {
  if (schema.$ref !== undefined) return `a mapping, see \`${schema.$ref.replace("#/$defs/", "")}\``;
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${String(word)}\``).join(", ");
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(kindOf))].join(", or ");
  switch (schema.type) {
    case "array":
      return `a list: ${kindOf(schema.items ?? {})}`;
    case "object":
      return "a mapping";
    case "integer":
      return "a number";
    case "boolean":
      return "`true`, `false`";
    case "null":
      return "nothing";
    default:
      return "a text";
  }
}

function cell(text: string): string {
  return text.replaceAll("|", String.raw`\|`).replaceAll("<", String.raw`\<`);
}

const head = [
  "<!-- Written by `npm run docs` from packages/schema/fleet.schema.json: edit the schema, or tools/packaging. -->",
  "",
  "# The fleet file",
  "",
  "`fleet.yaml` says which machines there are, where they are, what they import, who may read which secret, and in which",
  "order they are deployed. `fleet.config.ts` says the same as a program (`export default defineFleet({ … })`). One of them",
  "stands beside the flake; without any, Flurry reads what the flake says.",
  "",
  "```yaml",
  "# yaml-language-server: $schema=./node_modules/@flurry/schema/fleet.schema.json",
  "nixpkgs: github:NixOS/nixpkgs/nixos-24.11",
  "defaults:",
  "  system: x86_64-linux",
  "  modules: [common, monitoring]",
  "hosts:",
  "  nas: { address: 10.0.20.10, tags: [storage] }",
  "  gateway: { addresses: [10.0.20.1, gateway.lab.local], modules: [networking] }",
  "```",
  "",
  "`flurry host add` and `rm` edit it and keep comments, order and layout. `flurry render` writes from it `flake.nix`, and",
  "for its secrets `.sops.yaml` or `secrets.nix` and `secrets/hosts.nix`. A generated file has a checksum in its head and is",
  "never written over when someone edited it: the difference is shown, and the edit moves into `fleet.yaml`, `modules/` or",
  "`hosts/` before `flurry render --force FILE` goes on. A hand-written `flake.nix` stays as it is until",
  "`flurry render --adopt flake.nix`; such a fleet file needs neither `nixpkgs` nor `system`.",
];
