import { FlurryError } from "@flurry/core";
import { selectHosts } from "@flurry/schema";
import type { ImportedHosts } from "@flurry/schema";

/**
 * Leaves the hosts that `--only` names.
 *
 * @param only - selectors over the imported hosts and their tags; none means all
 * @throws FlurryError FLURRY_NOTHING_SELECTED, FLURRY_SELECTOR_INVALID
 */
export function chooseImported(read: ImportedHosts, only: readonly string[], file: string): ImportedHosts {
  const { hosts, issues } = read;
  if (hosts.length === 0)
    throw new FlurryError("FLURRY_NOTHING_SELECTED", `no host was found in ${file}`, {
      hint: issues[0] === undefined ? "flurry import --help tells what is read" : issues[0].message,
    });
  const tagged = hosts.map((host) => ({ ...host, tags: host.tags ?? [] }));
  return { hosts: selectHosts(tagged, only), issues };
}
