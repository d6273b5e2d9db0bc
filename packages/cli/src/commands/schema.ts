import { fleetJsonSchema } from "@flurry/schema";

import type { GlobalFlags } from "../command-line/global-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { guarded } from "../run/guard.ts";

/** `flurry schema`: the JSON Schema of a fleet file. */
export async function schema(this: CommandScope, flags: GlobalFlags): Promise<void> {
  const { cli } = this;
  await guarded(this, flags, async () => {
    cli.stdout.write(`${JSON.stringify(fleetJsonSchema(), undefined, 2)}\n`);
    return 0;
  });
}
