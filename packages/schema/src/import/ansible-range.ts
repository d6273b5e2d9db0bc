const range = /\[(?<from>[A-Za-z]|\d+):(?<to>[A-Za-z]|\d+)(?::(?<step>\d+))?\]/;

/** More hosts than this in one line are a slip of the keyboard. */
const most = 10_000;

/**
 * The names that a pattern of an inventory stands for: `web[01:03].lan`, `db-[a:c]`, `n[1:9:2]`; several ranges multiply.
 *
 * @returns undefined for a range that is none
 * @see https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html#adding-ranges-of-hosts
 */
export function expandRange(pattern: string): readonly string[] | undefined {
  const match = range.exec(pattern);
  if (match?.groups === undefined) return /[[\]]/.test(pattern) && !isAddress(pattern) ? undefined : [pattern];
  const { from = "", to = "", step = "1" } = match.groups;
  const values = valuesOf(from, to, Number(step));
  const rest = expandRange(pattern.slice(match.index + match[0].length));
  if (values === undefined || rest === undefined || values.length * rest.length > most) return undefined;
  const head = pattern.slice(0, match.index);
  return values.flatMap((value) => rest.map((tail) => `${head}${value}${tail}`));
}

function isAddress(pattern: string): boolean {
  return /^\[[0-9a-f:.]+\]$/i.test(pattern);
}

function valuesOf(from: string, to: string, step: number): readonly string[] | undefined {
  const isNumber = /^\d+$/.test(from);
  if (isNumber !== /^\d+$/.test(to) || step < 1) return undefined;
  const [first, last] = isNumber ? [Number(from), Number(to)] : [from.charCodeAt(0), to.charCodeAt(0)];
  const count = Math.floor((last - first) / step) + 1;
  if (count < 1 || count > most) return undefined;
  // Zeros in front of the first number are those of all.
  const width = from.startsWith("0") ? from.length : 1;
  return Array.from({ length: count }, (_, index) => {
    const value = first + index * step;
    return isNumber ? String(value).padStart(width, "0") : String.fromCharCode(value);
  });
}
