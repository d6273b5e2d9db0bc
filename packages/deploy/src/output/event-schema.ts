import { stages } from "@flurry/core";
import * as z from "zod";

// What every line of `flurry deploy --json` may be. Readers must not mind keys that they do not know: later versions add some.

const host = z.string().meta({ description: "The host's name in the fleet." });
const stage = z.enum(stages).meta({ description: "A step of a host, in the order in which they come." });
const note = z.string().meta({ description: "More about it, in a few words." }).optional();
const at = z.int().meta({ description: "Milliseconds since the epoch, by the deployer's clock." });
const storePath = z.string().meta({ description: "A path in the Nix store." });
const milliseconds = z.number().nonnegative().meta({ description: "Milliseconds." });

// The message is for people, the code for programs.
const errorSchema = z
  .object({
    // Codes are added all the time; docs/errors.md has the list.
    code: z
      .string()
      .regex(/^FLURRY_[A-Z0-9_]+$/)
      .meta({ description: "Stable; see docs/errors.md." }),
    message: z.string().meta({ description: "What happened, for people." }),
    hint: z.string().meta({ description: "The way out." }).optional(),
    host: host.optional(),
    place: z
      .object({ file: z.string(), line: z.int().optional(), column: z.int().optional() })
      .meta({ description: "Where in the user's files it comes from; lines and columns count from 1." })
      .optional(),
    details: z.string().meta({ description: "Longer text that explains it: a trace, the end of a log." }).optional(),
    // What caused it has the same shape, to any depth; it is for people who read the whole output.
    cause: z.object({ message: z.string() }).meta({ description: "What caused it, with the same keys." }).optional(),
  })
  .meta({ id: "error", description: "Why something failed." });

const verdictSchema = z
  .object({
    host,
    status: z.enum(["unchanged", "deployed", "reverted", "failed", "unreachable", "skipped"]),
    before: storePath.meta({ description: "What ran before the run touched the host." }).optional(),
    after: storePath.meta({ description: "What ran when the host was last seen." }).optional(),
    generation: z.int().meta({ description: "The generation that is the boot default." }).optional(),
    failedUnits: z
      .array(z.string())
      .readonly()
      .meta({ description: "Units that failed on the new system." })
      .optional(),
    profiles: z
      .array(
        z.object({
          name: z.string().meta({ description: "The profile's name." }),
          path: storePath.optional(),
          generation: z.int().meta({ description: "Its generation." }).optional(),
        }),
      )
      .readonly()
      .meta({ description: "Profiles beside the system that the run was to change, as they are." })
      .optional(),
    note: z
      .string()
      .meta({ description: "Why the host was left out, where that is no failure, or what was done instead." })
      .optional(),
    error: errorSchema.optional(),
    durationMs: milliseconds,
  })
  .meta({
    id: "verdict",
    description: "What became of a host; each selected host gets one, and another when it is taken back.",
  });

/** Everything that a run tells while it goes on. */
export const fleetEventSchema = z.discriminatedUnion("kind", [
  z
    .object({
      kind: z.literal("run-started"),
      at,
      runId: z.string(),
      command: z.string(),
      goal: z.string(),
      source: z.string().meta({ description: "The flake, as it was given." }),
      hosts: z
        .array(host)
        .readonly()
        .meta({ description: "The selected hosts, in the order in which they are shown." }),
    })
    .meta({ description: "A run begins." }),
  z
    .object({ kind: z.literal("planned"), at, host, drvPath: storePath, outPath: storePath, before: storePath })
    .meta({ description: "It is known what a host is to run." }),
  z.object({ kind: z.literal("stage-started"), at, host, stage, note }).meta({ description: "A host begins a step." }),
  z
    .object({
      kind: z.literal("stage-progress"),
      at,
      host,
      stage,
      done: z.number(),
      expected: z.number().meta({ description: "May grow while the step goes on." }),
      unit: z.enum(["bytes", "paths", "builds", "hosts"]),
      note,
    })
    .meta({ description: "How far a step is." }),
  z
    .object({
      kind: z.literal("stage-finished"),
      at,
      host,
      stage,
      durationMs: milliseconds,
      outcome: z.enum(["ok", "failed", "skipped"]),
      note,
    })
    .meta({ description: "A step is over." }),
  z
    .object({
      kind: z.literal("gate"),
      at,
      wave: z.string(),
      state: z.enum(["pausing", "checking", "asking"]),
      until: z.int().meta({ description: "When the pause is over, in milliseconds since the epoch." }).optional(),
    })
    .meta({ description: "What is waited for behind a wave of hosts." }),
  z
    .object({
      kind: z.literal("log"),
      at,
      host: host.optional(),
      stage: stage.optional(),
      level: z.enum(["debug", "info", "warn", "error"]),
      line: z.string(),
    })
    .meta({ description: "One line that a program printed on behalf of a host, or of the whole run." }),
  z
    .object({
      kind: z.literal("failure"),
      at,
      host: host.optional(),
      stage: stage.optional(),
      error: errorSchema,
    })
    .meta({ description: "A failure of a host, or of the whole run when it names none." }),
  z.object({ kind: z.literal("verdict"), at, verdict: verdictSchema }).meta({ description: "A host is done with." }),
  z
    .object({ kind: z.literal("run-finished"), at, runId: z.string(), exitCode: z.int(), durationMs: milliseconds })
    .meta({ description: "Every host has its verdict." }),
]);

const schemaVersion = z
  .literal(1)
  .meta({ description: "The version of this shape; a change that could break a reader raises it." });

/** A line of `flurry deploy --json`: an event, or in the last line the report, or an error of the whole command. */
export const outputLineSchema = z
  .union([
    fleetEventSchema,
    z
      .object({
        kind: z.literal("report"),
        schemaVersion,
        runId: z.string(),
        verdicts: z.array(verdictSchema).readonly().meta({ description: "One for each selected host." }),
        exitCode: z.int(),
        durationMs: milliseconds,
      })
      .meta({ description: "The last line: how the run ended." }),
    z
      .object({ kind: z.literal("error"), schemaVersion, exitCode: z.int(), error: errorSchema })
      .meta({ description: "The last line of a command that failed as a whole." }),
  ])
  .meta({
    title: "A line of flurry deploy --json",
    description: "Every line is one JSON document. Keys and kinds that a reader does not know are to be passed over.",
  });

/** {@link outputLineSchema} as JSON Schema (draft 2020-12), for programs that read the output. */
export function eventsJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(outputLineSchema, { io: "input", target: "draft-2020-12" });
  return { $schema, $id: "https://unpkg.com/flurry/events.schema.json", ...schema };
}
