/** True for the path of a secrets file that stands for several files. */
export function isSecretsPattern(path: string): boolean {
  return path.includes("*");
}

/**
 * The path of a secrets file as a regular expression that both RE2 and JavaScript read: anchored, `*` is any text
 * without a slash, and `**` any text.
 */
export function secretsPathRegex(path: string): string {
  const parts = path.split(/(\*+)/).map((part) => {
    if (part.startsWith("**")) return ".*";
    return part === "*" ? "[^/]*" : part.replaceAll(/[.+?()[\]{}^$|\\]/g, String.raw`\$&`);
  });
  return `^${parts.join("")}$`;
}

/** Rules in an order in which the first match is the closest one: files first, then patterns as they were written. */
export function closestSecretsFirst<T extends { readonly path: string }>(files: readonly T[]): readonly T[] {
  return [
    ...files.filter(({ path }) => !isSecretsPattern(path)),
    ...files.filter(({ path }) => isSecretsPattern(path)),
  ];
}
