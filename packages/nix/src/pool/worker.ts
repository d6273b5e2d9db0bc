import { FlurryError, formatMs } from "@flurry/core";

import type { NixLogEvent } from "../process/internal-json.ts";
import { runNix } from "../process/nix-command.ts";
import { EventBatch } from "./event-batch.ts";
import { Guardian } from "./guardian.ts";
import { watchProcess } from "./process-watch.ts";
import type { ProcessWatch } from "./process-watch.ts";
import type { AbortMessage, PoolCall, PoolOutput, WorkerMessage, WorkerReply, WorkerTask } from "./task.ts";

/** Of this thread: it has no other state. */
let guardian: Guardian | undefined;

/** What piscina calls: makes one call of nix, and ends it when the port says so. */
export async function run({ context, call, port }: WorkerTask): Promise<WorkerReply> {
  const post = (message: WorkerMessage): void => port.postMessage(message);
  const guard = (guardian ??= new Guardian(context));
  const batch = new EventBatch((events) => post({ kind: "events", events }));
  const controller = new AbortController();
  port.on("message", ({ reason }: AbortMessage) => controller.abort(FlurryError.fromJSON(reason)));
  const startedAt = performance.now();
  let watch: ProcessWatch | undefined;
  let spawned: number | undefined;
  using stall = stallTimer(call, (reason) => controller.abort(reason));
  try {
    const output = await runNix(context, call, {
      signal: controller.signal,
      onSpawn: (pid) => {
        spawned = pid;
        guard.add(pid);
        post({ kind: "spawned", pid });
        watch = watchProcess(pid, call.stallTimeoutMs === undefined ? {} : { onBytesMoved: stall.signOfLife });
      },
      onSignOfLife: stall.signOfLife,
      onEvent: (event) => {
        if (isWanted(event, call)) batch.add(event);
      },
    });
    return { ok: true, output: measured(output, performance.now() - startedAt, watch?.peakRssBytes) };
  } catch (error) {
    return { ok: false, error: FlurryError.from(error).toJSON() };
  } finally {
    if (spawned !== undefined) guard.remove(spawned);
    watch?.[Symbol.dispose]();
    batch.flush();
    post({ kind: "end" });
    port.removeAllListeners("message");
    port.close();
  }
}

/** Does nothing; what it is called for is that the thread has loaded all this by then. */
export async function ready(): Promise<undefined> {
  return undefined;
}

function isWanted(event: NixLogEvent, { events }: PoolCall): boolean {
  if (events === "none" || events === "all") return events === "all";
  if (event.kind === "message") return true;
  return events === "evaluation" && event.kind === "start" && event.activity.type === "builds";
}

function measured(
  output: Omit<PoolOutput, "durationMs" | "peakRssBytes">,
  durationMs: number,
  peakRssBytes: number | undefined,
): PoolOutput {
  return { ...output, durationMs, ...(peakRssBytes === undefined ? {} : { peakRssBytes }) };
}

interface StallTimer extends Disposable {
  readonly signOfLife: () => void;
}

function stallTimer({ stallTimeoutMs, what }: PoolCall, onStall: (reason: FlurryError) => void): StallTimer {
  if (stallTimeoutMs === undefined) return { signOfLife: () => {}, [Symbol.dispose]: () => {} };
  const timer = setTimeout(
    () =>
      onStall(
        new FlurryError("FLURRY_TIMEOUT", `${what} stalled: no sign of life from nix for ${formatMs(stallTimeoutMs)}`, {
          hint: "Check the connection to the host; what was copied already is not copied twice.",
        }),
      ),
    stallTimeoutMs,
  );
  return { signOfLife: () => void timer.refresh(), [Symbol.dispose]: () => clearTimeout(timer) };
}
