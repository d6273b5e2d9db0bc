import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";

/**
 * Which machine this is: a hash of its machine-id, which programs are asked not to give away as it is; undefined where it
 * has none.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/machine-id.html
 */
export async function machineIdentity(file = "/etc/machine-id"): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const id = text.trim();
  return /^[0-9a-f]{32}$/.test(id) ? createHmac("sha256", id).update("flurry").digest("hex").slice(0, 32) : undefined;
}
