import { readFileSync } from "node:fs";

import { checkRunId } from "../run-id.ts";

// The order matters: a later part uses the functions of earlier ones.
const parts = [
  "head",
  "processes",
  "lock",
  "contact",
  "keys",
  "record",
  "profiles",
  "steps",
  "settle",
  "verbs",
  "main",
];

let text: string | undefined;

/** The supervisor as one POSIX shell script. It is small, needs nothing of the deployed closure and has no architecture. */
export function supervisorScript(): string {
  text ??= read(parts);
  return text;
}

/** The supervisor's functions with another part in place of its command line, for commands that belong to no run. */
export function scriptWith(part: string): string {
  return read([...parts.slice(0, -1), part]);
}

function read(names: readonly string[]): string {
  return names.map((name) => readFileSync(new URL(`../../supervisor/${name}.sh`, import.meta.url), "utf8")).join("\n");
}

/**
 * Where the host keeps the record of a run.
 *
 * @throws FlurryError FLURRY_RUN_ID_INVALID
 */
export function recordDirectory(runId: string): string {
  return `/var/lib/flurry/runs/${checkRunId(runId)}`;
}

/** Words that run a verb of the supervisor which was installed by {@link installAndRun}. */
export function runVerb(runId: string, verb: string, args: readonly string[] = []): readonly string[] {
  const run = 'test -e "$0" || { echo "@flurry refused=unknown-run"; exit 75; }; exec sh "$0" "$@"';
  return ["sh", "-c", run, `${recordDirectory(runId)}/supervisor.sh`, verb, runId, ...args];
}

/** Words that store the script given on standard input in the run's record and then run a verb of it. */
export function installAndRun(runId: string, verb: string, args: readonly string[]): readonly string[] {
  const install = 'umask 077 && mkdir -p "$0" && cat > "$0/supervisor.sh" && exec sh "$0/supervisor.sh" "$@"';
  return ["sh", "-c", install, recordDirectory(runId), verb, runId, ...args];
}

/** Words and standard input that run a verb of a script which reads input of its own, and leave nothing on the host. */
export function runOnceWith(
  script: string,
  { verb, args, input }: { readonly verb: string; readonly args: readonly string[]; readonly input: Uint8Array },
): { readonly words: readonly string[]; readonly stdin: Uint8Array } {
  const text = Buffer.from(script);
  const run = 'script=$(dd bs="$0" count=1 iflag=fullblock 2> /dev/null) && exec sh -c "$script" flurry "$@"';
  return { words: ["sh", "-c", run, String(text.length), verb, ...args], stdin: Buffer.concat([text, input]) };
}

/** Words that run a verb of the script given on standard input and leave nothing on the host. */
export function runOnce(verb: string, args: readonly string[] = []): readonly string[] {
  // The whole script is read first, so that no command of it can eat its rest.
  return ["sh", "-c", 'exec sh -c "$(cat)" flurry "$@"', "sh", verb, ...args];
}
