/** True for patterns with wildcards. */
export function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/**
 * Whether a name matches a pattern: `*` is any text, `?` any one character, `[a-c]` one of a set and `[!a]` one
 * outside of it. Takes time linear in the name for each `*`, unlike a regular expression.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  const parts = globParts(pattern);
  let part = 0;
  let position = 0;
  let star = -1;
  let starPosition = 0;
  while (position < name.length) {
    const current = parts[part];
    if (current === "*") {
      star = part++;
      starPosition = position;
    } else if (current !== undefined && matchesOne(current, name.charAt(position))) {
      part++;
      position++;
    } else if (star >= 0) {
      part = star + 1;
      position = ++starPosition;
    } else {
      return false;
    }
  }
  while (parts[part] === "*") part++;
  return part === parts.length;
}

/** A pattern cut into single characters, wildcards and whole sets. */
function globParts(pattern: string): readonly string[] {
  return pattern.match(/\[[^\]]*\]|[^]/g) ?? [];
}

function matchesOne(part: string, character: string): boolean {
  if (part === "?") return true;
  if (part.length < 3) return part === character;
  const negated = part[1] === "!" || part[1] === "^";
  return inSet(part.slice(negated ? 2 : 1, -1), character) !== negated;
}

function inSet(set: string, character: string): boolean {
  for (let index = 0; index < set.length; index++) {
    const first = set.charAt(index);
    const last = set[index + 1] === "-" && index + 2 < set.length ? set.charAt(index + 2) : first;
    if (character >= first && character <= last) return true;
    if (last !== first) index += 2;
  }
  return false;
}
