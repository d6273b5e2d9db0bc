import { createHmac } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

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

/** The public host keys of this machine, each as `type base64`; none where sshd has none, or elsewhere. */
export async function ownHostKeys(directory = "/etc/ssh"): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  const files = names.filter((name) => /^ssh_host_\w+_key\.pub$/.test(name));
  const lines = await Promise.all(files.map((name) => readFile(join(directory, name), "utf8").catch(() => "")));
  return lines.flatMap((line) => {
    const [type, key] = line.trim().split(/\s+/);
    return type === undefined || key === undefined ? [] : [`${type} ${key}`];
  });
}
