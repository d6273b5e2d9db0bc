import type { PinnedKey } from "../host/pin-host-key.ts";
import type { Colors } from "./colors.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

/** A host as `flurry host ls` lists it. */
export interface HostRow {
  readonly host: string;
  readonly addresses: readonly string[];
  readonly tags: readonly string[];
  readonly modules: readonly string[];
  readonly system?: string;
  readonly keyPinned: boolean;
}

/** The hosts, one row each. */
export function renderHosts(hosts: readonly HostRow[], view: TableView): string {
  const rows = hosts.map(({ host, addresses, tags, modules, system = "", keyPinned }): readonly Cell[] => [
    host,
    addresses.join(" "),
    tags.map((tag) => `@${tag}`).join(" "),
    keyPinned ? "pinned" : { text: "known_hosts", color: view.colors.dim },
    system,
    modules.join(" "),
  ]);
  return renderTable(["host", "address", "tags", "key", "system", "modules"], rows, view);
}

/** What `flurry host add` did. */
export interface AddedHost {
  readonly host: string;
  readonly addresses: readonly string[];
  readonly key: PinnedKey | undefined;
  readonly hardware: "nixos-generate-config" | "nixos-facter" | "placeholder";
  readonly profile: string | undefined;
  /** Files of secrets that were keyed anew. */
  readonly rekeyed: readonly string[];
  readonly files: readonly string[];
  readonly dryRun: boolean;
}

const keySources = { flag: "as given", "known-hosts": "as known_hosts has it", host: "as it shows it" } as const;

/** What is known of a host that was added, what was written, and what to do next. */
export function renderAddedHost(added: AddedHost, { bold, dim, yellow }: Colors): string {
  const { host, addresses, key, hardware, profile, rekeyed, files, dryRun } = added;
  const facts: readonly (readonly [string, string])[] = [
    [
      "key",
      key === undefined
        ? yellow("not pinned: add hostKey to fleet.yaml")
        : `${key.fingerprint} ${dim(keySources[key.from])}`,
    ],
    [
      "hardware",
      hardware === "placeholder"
        ? yellow(`a placeholder: see hosts/${host}/hardware.nix before you deploy`)
        : `read from the machine by ${hardware}`,
    ],
    ...(profile === undefined ? [] : [["profile", `nixos-hardware has ${profile}`] as const]),
    ...(rekeyed.length === 0 ? [] : [["secrets", `${rekeyed.join(" ")} keyed anew, for it as well`] as const]),
    ["files", files.filter((path) => !rekeyed.includes(path)).join(" ")],
  ];
  const lines = facts.map(([name, text]) => `  ${dim(name.padEnd(8))}  ${text}\n`);
  const head = `${host} at ${addresses.join(", ")} ${dryRun ? "would be" : "is"} part of the fleet\n`;
  return `${bold(head.trimEnd())}\n${lines.join("")}${dryRun ? "" : `\nNext: flurry deploy ${host}\n`}`;
}

/** What `flurry host rm` did. */
export interface RemovedHost {
  readonly host: string;
  readonly couldRead: readonly { readonly file: string; readonly secrets: readonly string[] }[];
  /** Files of secrets that were keyed anew. */
  readonly rekeyed: readonly string[];
  readonly files: readonly string[];
  readonly dryRun: boolean;
}

/** What was removed with a host, and what it still knows. */
export function renderRemovedHost(
  { host, couldRead, rekeyed, files, dryRun }: RemovedHost,
  { bold, dim, yellow }: Colors,
): string {
  const known = couldRead.map(
    ({ file, secrets }) => `    ${file}${secrets.length === 0 ? "" : `: ${secrets.join(", ")}`}\n`,
  );
  const knows =
    known.length === 0
      ? ""
      : `  ${yellow(`${host} could read these, and may still know them: give them other values.`)}\n${known.join("")}`;
  const head = `${host} ${dryRun ? "would be" : "is"} no longer part of the fleet`;
  const secrets = rekeyed.length === 0 ? "" : `  ${dim("secrets   ")}${rekeyed.join(" ")} keyed anew, without it\n`;
  const others = files.filter((path) => !rekeyed.includes(path)).join(" ");
  return `${bold(head)}\n${secrets}  ${dim("files     ")}${others}\n${knows}`;
}
