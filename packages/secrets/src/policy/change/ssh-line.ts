/** The type and the key of a line as ssh-keygen writes it, without the comment. */
export function plainKey(key: string): string {
  return key.trim().split(/\s+/).slice(0, 2).join(" ");
}
