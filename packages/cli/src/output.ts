import type { GlobalFlags } from "./command-line/global-flags.ts";
import type { CliContext, TextOutput } from "./context.ts";
import { colorsFor } from "./renderers/colors.ts";
import type { Colors } from "./renderers/colors.ts";

/** How progress is shown; see {@link outputFor}. */
export type ProgressFormat = "terminal" | "lines" | "json" | "none";

/** Where and how a command speaks. */
export interface Output {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Colours for standard output. */
  readonly colors: Colors;
  /** Colours for standard error. */
  readonly progressColors: Colors;
  readonly progress: ProgressFormat;
  /** Whether the result is JSON. */
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

type OutputFlags = Pick<GlobalFlags, "color" | "logFormat" | "json" | "quiet" | "verbose">;

/** Works out how a command speaks: by its flags, then the environment, then by who listens. */
export function outputFor(context: CliContext, flags: OutputFlags): Output {
  const { stdout, stderr, env } = context;
  return {
    stdout,
    stderr,
    colors: colorsFor(wantsColor(flags.color, env, stdout)),
    progressColors: colorsFor(wantsColor(flags.color, env, stderr)),
    progress: progressFormat(flags, context),
    json: flags.json === true,
    verbose: flags.verbose === true,
    quiet: flags.quiet === true,
  };
}

/** `--color` stands above NO_COLOR, that above FORCE_COLOR, that above what the stream is. */
function wantsColor(flag: GlobalFlags["color"], env: NodeJS.ProcessEnv, stream: TextOutput): boolean {
  if (flag === "always") return true;
  if (flag === "never") return false;
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined) return force !== "0" && force !== "false";
  return stream.isTTY && env["TERM"] !== "dumb";
}

function progressFormat(flags: OutputFlags, { stderr, env }: CliContext): ProgressFormat {
  if (flags.logFormat !== undefined && flags.logFormat !== "auto") return flags.logFormat;
  if (flags.quiet === true || flags.json === true) return "none";
  const inCi = (env["CI"] ?? "") !== "" && env["CI"] !== "false";
  return stderr.isTTY && !inCi && env["TERM"] !== "dumb" ? "terminal" : "lines";
}
