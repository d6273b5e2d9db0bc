import { FlurryError } from "@flurry/core";
import type { Emit, Stage } from "@flurry/core";

/** Runs a step of a host and tells its beginning, end and duration. */
export async function stage<T>(
  emit: Emit,
  { host, stage, note }: { readonly host: string; readonly stage: Stage; readonly note?: string },
  step: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  emit({ kind: "stage-started", host, stage, ...(note === undefined ? {} : { note }) });
  const finish = (outcome: "ok" | "failed", text?: string): void =>
    emit({
      kind: "stage-finished",
      host,
      stage,
      outcome,
      durationMs: performance.now() - startedAt,
      ...(text === undefined ? {} : { note: text }),
    });
  try {
    const value = await step();
    finish("ok");
    return value;
  } catch (error) {
    finish("failed", FlurryError.from(error).message);
    throw error;
  }
}
