/** What gpg said when it was to decrypt, told by its status lines, which are the same in every language. */
export interface GpgVerdict {
  /**
   * `no-key`: it has none of the private keys; `locked`: it has one that it could not use, for want of a passphrase or a
   * card; `failed`: anything else, such as a message that is damaged.
   */
  readonly kind: "no-key" | "locked" | "failed";
  /** What it said for people. */
  readonly said: string;
}

const mark = "[GNUPG:] ";

/** Codes of libgpg-error for a message that is damaged, not a key that is locked: CHECKSUM, WRONG_SECKEY, INV_DATA, BAD_DATA. */
const damages: ReadonlySet<number> = new Set([10, 18, 79, 89]);

/**
 * Reads what gpg wrote with `--status-fd 2`. The last lines for people say "No secret key" for a locked key as well.
 * Source: doc/DETAILS of GnuPG.
 */
export function gpgVerdict(stderr: string): GpgVerdict {
  const lines = stderr.split("\n");
  const status = lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length).split(" "));
  const said = lines.filter((line) => !line.startsWith(mark)).join("\n");
  const failures = status.flatMap(([word, where, code]) =>
    word === "ERROR" && where === "pkdecrypt_failed" ? [Number(code) & 0xffff] : [],
  );
  if (failures.some((code) => !damages.has(code))) return { kind: "locked", said };
  const hasNone = status.some(([word]) => word === "NO_SECKEY") && failures.length === 0;
  // A program in the place of gpg may have no status lines.
  const saysNone = status.length === 0 && /no secret key|secret key not available/i.test(said);
  return { kind: hasNone || saysNone ? "no-key" : "failed", said };
}
