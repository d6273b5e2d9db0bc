import * as z from "zod";

import type { Complaint } from "../../complaint.ts";
import { checkHealthUrl, checkUnitName } from "../../fleet/health-values.ts";
import { address, choice, count, duration, port, text, texts } from "./values.ts";

const timeout = duration("How long the check is repeated until it passes. Default: 60s.", {
  atLeastMs: 1000,
}).optional();

/** One health check; the first key says which kind it is. */
export const healthSchema = z
  .union(
    [
      z.strictObject({ unit: text("A systemd unit that must be active.", checkUnitName), timeout }),
      z.strictObject({ units: texts("systemd units that must all be active.", checkUnitName).min(1), timeout }),
      z.strictObject({
        command: text("A shell command that must end with exit status 0 on the host.", checkCommand),
        timeout,
      }),
      z.strictObject({
        http: text("A web address that must answer.", checkHealthUrl),
        expect: count("The HTTP status that means healthy. Default: 200.", { min: 100, max: 599 }).optional(),
        from: choice(["deployer", "host"], "Which machine asks. Default: deployer.").optional(),
        timeout,
      }),
      z.strictObject({
        tcp: z
          .union(
            [
              port("A port of the host that must accept connections."),
              z.strictObject({
                host: address("The machine to connect to. Default: the host itself.").optional(),
                port: port("The port that must accept connections."),
              }),
            ],
            { error: "expected a port, or a mapping with port and host" },
          )
          .meta({ description: "A TCP port that must accept connections from the deployer." }),
        timeout,
      }),
    ],
    { error: "expected a health check: a mapping with unit, units, command, http or tcp" },
  )
  .meta({ id: "health", description: "Something that must hold on the new system before it is confirmed." });

/** What {@link healthSchema} accepts. */
export type HealthInput = z.infer<typeof healthSchema>;

function checkCommand(command: string): Complaint | undefined {
  if (command.trim() === "") return { message: "the command is empty" };
  return command.includes("\0") ? { message: "the command has a NUL character" } : undefined;
}
