import { tmpdir } from "node:os";

/**
 * Where sockets for OpenSSH may lie. The name of a socket may have about 100 bytes, and OpenSSH reads blanks, `%` and `$`
 * in names as its own.
 */
export function socketParent(): string {
  return /^[\w./+-]{1,60}$/.test(tmpdir()) ? tmpdir() : "/tmp";
}
