/** Whether a name matches a pattern of ssh_config: `*` is anything, `?` one character. */
export function matchesPattern(name: string, pattern: string): boolean {
  // Step by step and not as a regular expression, which many stars would slow down beyond measure.
  let at = 0;
  let from = 0;
  let star = -1;
  let mark = 0;
  while (at < name.length) {
    if (pattern[from] === "*") {
      star = from;
      mark = at;
      from += 1;
    } else if (from < pattern.length && (pattern[from] === "?" || pattern[from] === name[at])) {
      at += 1;
      from += 1;
    } else if (star === -1) return false;
    else {
      mark += 1;
      at = mark;
      from = star + 1;
    }
  }
  while (pattern[from] === "*") from += 1;
  return from === pattern.length;
}
