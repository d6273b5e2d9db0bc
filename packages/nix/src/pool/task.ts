import type { MessagePort } from "node:worker_threads";

import type { FlurryErrorJson } from "@flurry/core";

import type { NixLogEvent } from "../process/internal-json.ts";
import type { NixCall, NixOutput } from "../process/nix-command.ts";
import type { NixContext } from "../process/nix-context.ts";

/** A call of nix for a worker to make. */
export interface PoolCall extends NixCall {
  /** Milliseconds without a sign of life (a line of log, a byte moved) after which the process counts as hanging. */
  readonly stallTimeoutMs?: number;
  /** Which events the caller wants: `evaluation` are messages and that something is built. The others stay in the worker. */
  readonly events: "none" | "messages" | "evaluation" | "all";
}

/** How a call in a worker ended. */
export interface PoolOutput extends NixOutput {
  /** From the start of the process to its end. */
  readonly durationMs: number;
  /** The most memory that the process was seen to hold; only on Linux. */
  readonly peakRssBytes?: number;
}

/** What crosses to a worker. */
export interface WorkerTask {
  readonly context: NixContext;
  readonly call: PoolCall;
  readonly port: MessagePort;
}

/** What a worker answers. Errors cross as data: a class does not survive the way. */
export type WorkerReply =
  | { readonly ok: true; readonly output: PoolOutput }
  | { readonly ok: false; readonly error: FlurryErrorJson };

/** From the worker to the main thread while a call goes on. `end` is the last one. */
export type WorkerMessage =
  | { readonly kind: "spawned"; readonly pid: number }
  | { readonly kind: "events"; readonly events: readonly NixLogEvent[] }
  | { readonly kind: "end" };

/** From the main thread to the worker: end the call for this reason. */
export interface AbortMessage {
  readonly kind: "abort";
  readonly reason: FlurryErrorJson;
}
