declare module "bcrypt-pbkdf" {
  /** One bcrypt hash with OpenBSD's constants: 64-byte password and salt hashes in, 32 bytes out. */
  export function hash(sha2pass: Uint8Array, sha2salt: Uint8Array, out: Uint8Array): void;
  export function pbkdf(
    pass: Uint8Array,
    passlen: number,
    salt: Uint8Array,
    saltlen: number,
    key: Uint8Array,
    keylen: number,
    rounds: number,
  ): number;
  const bcrypt: { readonly hash: typeof hash; readonly pbkdf: typeof pbkdf };
  export default bcrypt;
}
