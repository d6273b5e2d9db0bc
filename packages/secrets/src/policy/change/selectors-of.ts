import { parseFleetYaml, parseSelector, selects } from "@flurry/schema";

/** The entries of a fleet file's `secrets.files` that choose a host already, and by which of their selectors. */
export function selectorsOf(text: string, file: string, name: string): ReadonlyMap<string, readonly string[]> {
  const read = parseFleetYaml(text, { file });
  const host = read.ok ? read.value.hosts.find((one) => one.name === name) : undefined;
  if (!read.ok || host === undefined) return new Map();
  const files = (read.value.secrets?.files ?? []).map((one) => {
    const own = one.selectors.filter((selector) => {
      const parsed = parseSelector(selector);
      return parsed.ok && selects(parsed.selector, host);
    });
    return [one.path, own] as const;
  });
  return new Map(files.filter(([, own]) => own.length > 0));
}
