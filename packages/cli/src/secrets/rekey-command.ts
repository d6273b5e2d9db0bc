import type { PolicyFile, PreparedRekey } from "@flurry/secrets";

import { jsonDocument } from "../renderers/json-document.ts";
import { count } from "../renderers/measures.ts";
import type { OpenPolicy } from "./open-policy.ts";
import type { SecretsSession } from "./session.ts";

/** What is about to happen to files. */
export interface ShownPlan {
  readonly command: string;
  readonly files: readonly { readonly file: PolicyFile; readonly action: "recipients" | "rotate" }[];
  /** What else the JSON says. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Shows what is about to happen; with `--json` only the result is shown. */
export async function showPlan({ files }: ShownPlan, { name }: OpenPolicy, { output }: SecretsSession): Promise<void> {
  if (output.json || output.quiet || files.length === 0) return;
  // What draws tables takes longer to load than a file to be keyed anew.
  const { renderRekeyPlan } = await import("../renderers/rekey-plan.ts");
  const named = files.map((one) => ({ ...one, name: name(one.file.path) }));
  output.stdout.write(renderRekeyPlan(named, { colors: output.colors, columns: output.stdout.columns() }));
}

/** Asks at a terminal whether to go on; elsewhere, and with `--yes`, whoever called has said so. */
export async function agreed(
  question: string,
  flags: { readonly yes?: boolean },
  { context, interruption, output }: SecretsSession,
): Promise<boolean> {
  if (flags.yes === true || output.json) return true;
  return (await context.confirm(question, interruption.signal)) ?? true;
}

/** Says what was done, or what would have been. */
export function report(
  { command, files, more = {} }: ShownPlan,
  done: PreparedRekey | undefined,
  { open, session }: { readonly open: OpenPolicy; readonly session: SecretsSession },
): number {
  const { output, say } = session;
  if (output.json) {
    const shown = files.map(({ file: { path, drift }, action }) => ({
      path: open.name(path),
      action,
      gets: (drift?.missing ?? []).map(({ reader }) => reader),
      loses: (drift?.extra ?? []).map(({ reader }) => reader),
    }));
    output.stdout.write(jsonDocument(command, { files: shown, written: done !== undefined, ...more }));
  } else if (done === undefined) say("nothing was written");
  else say(`${count(done.files.length, "file")} keyed anew`);
  return 0;
}

/** Says on one line of the terminal how far it is. */
export function progressOf(total: number, { output }: SecretsSession): (path: string) => void {
  let done = 0;
  return () => {
    done += 1;
    if (output.progress !== "terminal" || total < 50) return;
    if (done % 25 === 0 || done === total)
      output.stderr.write(`\r${done} of ${total} files${done === total ? "\r\u001B[K" : ""}`);
  };
}
