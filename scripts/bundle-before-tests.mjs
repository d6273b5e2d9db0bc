import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Tests run the command as it is published: in a bundle, written anew if a compiler has run since. */
export function setup() {
  const script = fileURLToPath(new URL("../packages/cli/scripts/bundle.mjs", import.meta.url));
  const { status } = spawnSync(process.execPath, [script, "--if-stale"], { stdio: "inherit" });
  if (status !== 0) throw new Error("the bundle of the flurry command could not be written; run tsc -b first");
}
