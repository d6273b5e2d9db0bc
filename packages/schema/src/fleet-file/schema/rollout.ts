import * as z from "zod";

import { choice, count, duration, flag, text } from "./values.ts";

const parallelHosts = { min: 1, max: 1000 };

const waveSchema = z
  .union(
    [
      z.string(),
      z.strictObject({
        hosts: text("The hosts of the wave, as a selector."),
        parallel: count("How many hosts are activated at a time.", parallelHosts).optional(),
        pause: duration("How long to wait before the next wave. Default: 0s.", { atLeastMs: 0 }).optional(),
        health: flag(
          "Check the health of the wave's hosts once more, after the pause; a check that fails counts as a failed host.",
        ).optional(),
        ask: flag("Ask a person before the next wave begins; --yes agrees. Default: false.").optional(),
      }),
    ],
    { error: "expected a selector, or a mapping with hosts, parallel, pause, health and ask" },
  )
  .meta({ description: "Hosts that are deployed together: a selector such as @storage, or a mapping." });

/** The order in which hosts are deployed, and what a failure means. */
export const rolloutSchema = z
  .strictObject({
    waves: z
      .array(waveSchema)
      .min(1)
      .meta({ description: "Groups of hosts, one after the other. A host belongs to the first that selects it." })
      .optional(),
    parallel: z
      .union(
        [
          count("How many hosts are worked on at a time.", parallelHosts),
          z.strictObject({
            evaluate: count(
              "How many hosts are evaluated at a time. Default: as many as cores and memory allow.",
              parallelHosts,
            ).optional(),
            copy: count("How many closures are copied at a time. Default: 10.", parallelHosts).optional(),
            activate: count("How many hosts are activated at a time. Default: 10.", parallelHosts).optional(),
          }),
        ],
        { error: "expected a number of hosts, or a mapping with evaluate, copy and activate" },
      )
      .meta({ description: "How many hosts are worked on at a time." })
      .optional(),
    onFailure: choice(
      ["stop", "continue", "revert-wave", "revert-all"],
      "What a failed host means: stop starts no further wave, continue goes on, revert-wave and revert-all take hosts back. Default: stop.",
    ).optional(),
    unreachable: choice(
      ["fail", "skip"],
      "What a host that cannot be reached means for the run. Default: fail.",
    ).optional(),
  })
  .meta({ id: "rollout", description: "The order in which hosts are deployed, and what a failure means." });

/** What {@link rolloutSchema} accepts. */
export type RolloutInput = z.infer<typeof rolloutSchema>;
