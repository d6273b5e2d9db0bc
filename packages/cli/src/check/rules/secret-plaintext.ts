import type { RepositoryRule } from "../rule.ts";

/** A file of secrets that is not encrypted. */
export const secretPlaintext: RepositoryRule = {
  name: "secret-plaintext",
  about: "A file that the fleet lists as secret is not encrypted, and everyone who has the repository can read it.",
  severity: "error",
  check: ({ fleet, files, untracked, text }) => {
    const { secrets } = fleet ?? {};
    if (secrets === undefined) return [];
    const isSecret = (file: string): boolean =>
      secrets.files.some(({ path }) => path === file || (path.includes("*") && globMatches(path, file)));
    return [...files, ...untracked]
      .filter((file) => isSecret(file) && !isEncrypted(text(file) ?? "", secrets.backend))
      .map((file) => ({
        rule: "secret-plaintext",
        severity: "error",
        file,
        line: 1,
        column: 1,
        message: `${file} is a secret of the fleet and not encrypted`,
        hint: `flurry secrets encrypt --in-place ${file}, and replace what is in it: it may have been seen`,
      }));
  },
};

function globMatches(pattern: string, file: string): boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join("[^/]*");
  return new RegExp(`^${source}$`).test(file);
}

function isEncrypted(content: string, backend: "sops" | "agenix"): boolean {
  if (backend === "agenix") return /^(?:age-encryption\.org\/v1\n|-----BEGIN AGE ENCRYPTED FILE-----)/.test(content);
  return /^sops:$|^\s*"sops"\s*:|^\[sops\]$|^sops_(?:mac|version)=/m.test(content);
}
