/**
 * Compares two versions as Nix does (`builtins.compareVersions`): number by number, where `pre` is older than
 * nothing and letters are older than a further number.
 *
 * @returns negative when `a` is the older one, positive when `b` is, 0 when they are the same
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [componentsOf(a), componentsOf(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [one = "", other = ""] = [left[at], right[at]];
    if (isOlder(one, other)) return -1;
    if (isOlder(other, one)) return 1;
  }
  return 0;
}

/** The newest of some versions; undefined when there are none. */
export function newest(versions: readonly string[]): string | undefined {
  return [...versions].sort(compareVersions).at(-1);
}

/** Runs of digits and runs of anything else; dots and dashes only separate. */
function componentsOf(version: string): readonly string[] {
  return version.match(/\d+|[^\d.-]+/g) ?? [];
}

function isOlder(a: string, b: string): boolean {
  const [aIsNumber, bIsNumber] = [isNumber(a), isNumber(b)];
  if (aIsNumber && bIsNumber) return Number(a) < Number(b);
  if (a === "" && bIsNumber) return true;
  if (a === "pre" && b !== "pre") return true;
  if (b === "pre") return false;
  if (bIsNumber) return true;
  return aIsNumber ? false : a < b;
}

/** Digits that a C int can hold; longer ones, such as times to the second, are compared as texts. */
function isNumber(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= 2_147_483_647;
}
