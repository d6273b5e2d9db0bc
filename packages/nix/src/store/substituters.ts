import * as z from "zod";

import { isAtLeast, knownNixVersion } from "../process/capabilities.ts";
import { parseNixJson } from "../process/json-output.ts";
import { runNix } from "../process/nix-command.ts";
import type { NixContext } from "../process/nix-context.ts";

const settings = z.looseObject({ substituters: z.looseObject({ value: z.array(z.string()) }) });

/** The binary caches that nix asks, in their order; none when it does not say. */
export async function substituters(
  context: NixContext,
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  const version = await knownNixVersion(context, options);
  // `nix show-config` was renamed in 2.20; Lix has both names.
  const command = isAtLeast(version, 2, 20) ? ["config", "show"] : ["show-config"];
  const call = { command, args: ["--json"], what: "reading nix's settings", timeoutMs: 20_000 };
  const output = await runNix(context, call, options);
  return output.exitCode === 0 ? parseNixJson(settings, output.stdout, call.what).substituters.value : [];
}
