import { FlurryError } from "@flurry/core";
import type { FlurryErrorJson } from "@flurry/core";
import type { LockedFlake } from "@flurry/nix";
import type { Host } from "@flurry/schema";

import { eachHost } from "../fleet/each-host.ts";
import { openLinks } from "../fleet/open-links.ts";
import type { HostLink } from "../host/host-link.ts";
import type { RunContext } from "../run-context.ts";
import { keyMaker } from "./key-maker.ts";
import type { KeyPlace, MakeKeys } from "./key-maker.ts";
import { missingKeys, uploadInStage } from "./upload-keys.ts";

/** Whose keys to upload, without an activation. */
export interface UploadKeysRequest extends KeyPlace {
  readonly hosts: readonly Host[];
  /** Only asked for where keys have a text. */
  readonly flake: () => Promise<LockedFlake>;
  readonly parallel: number;
  /** Only find out what would be sent. The values are made all the same. */
  readonly isDryRun: boolean;
}

/** What became of the keys of one host. */
export interface UploadKeysResult {
  readonly host: string;
  /** The names of the keys that were sent, or would be. */
  readonly sent: readonly string[];
  /** The names of those that were there already. */
  readonly same: readonly string[];
  readonly error?: FlurryErrorJson;
}

/** Brings hosts their keys. The results stand in the order of the hosts. */
export async function uploadFleetKeys(
  { hosts, parallel, isDryRun, ...source }: UploadKeysRequest,
  context: RunContext,
): Promise<readonly UploadKeysResult[]> {
  const { nix, signal } = context;
  await using links = openLinks(hosts, context.ssh);
  const makeKeys = keyMaker({ ...source, hosts, nix, signal });
  const results = new Map<string, UploadKeysResult>();
  await eachHost(links.all, parallel, async (link) => {
    const host = link.host.name;
    try {
      results.set(host, { host, ...(await bring(link, { makeKeys, isDryRun }, context)) });
    } catch (error) {
      results.set(host, { host, sent: [], same: [], error: FlurryError.from(error).withHost(host).toJSON() });
    }
  });
  return hosts.flatMap(({ name }) => results.get(name) ?? []);
}

async function bring(
  link: HostLink,
  { makeKeys, isDryRun }: { readonly makeKeys: MakeKeys; readonly isDryRun: boolean },
  { emit, signal }: RunContext,
): Promise<Pick<UploadKeysResult, "sent" | "same">> {
  const keys = await makeKeys(link.host);
  if (!isDryRun) return await uploadInStage(link, keys, { emit, signal, at: "arm" });
  const missing = await missingKeys(link, keys, signal);
  const names = (isMissing: boolean): readonly string[] =>
    keys.filter((made) => missing.includes(made) === isMissing).map(({ key }) => key.name);
  return { sent: names(true), same: names(false) };
}
