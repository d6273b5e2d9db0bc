import type { DeployOptions } from "@flurry/schema";

/** What Flurry tells ssh about the way to a host beside user, port and host keys, as words for its command line. */
export function sshWords({ identityFiles, jump, sshOptions }: DeployOptions): readonly string[] {
  return [...identityFiles.flatMap((file) => ["-i", file]), ...(jump === undefined ? [] : ["-J", jump]), ...sshOptions];
}
