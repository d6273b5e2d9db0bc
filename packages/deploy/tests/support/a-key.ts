import type { DeploymentKey } from "@flurry/schema";

/** A key for tests. */
export function aKey(more: Partial<DeploymentKey> = {}): DeploymentKey {
  const { name = "key" } = more;
  const plain = { source: { kind: "text" }, user: "root", group: "root", mode: "0600" } as const;
  return { name, path: `/run/keys/${name}`, uploadAt: "pre-activation", ...plain, ...more };
}
