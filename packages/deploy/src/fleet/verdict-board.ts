import { FlurryError } from "@flurry/core";
import type { Emit, Stage, StorePath, Verdict, VerdictStatus } from "@flurry/core";
import type { Host } from "@flurry/schema";

import type { HostOutcome } from "../host/outcome.ts";

/** Collects what became of each host. A host has one verdict; only a later revert by the same run may replace it. */
export class VerdictBoard {
  readonly #hosts: readonly Host[];
  readonly #emit: Emit;
  readonly #verdicts = new Map<string, Verdict>();
  readonly #startedAt = performance.now();

  constructor(hosts: readonly Host[], emit: Emit) {
    this.#hosts = hosts;
    this.#emit = emit;
  }

  has(host: string): boolean {
    return this.#verdicts.has(host);
  }

  get(host: string): Verdict | undefined {
    return this.#verdicts.get(host);
  }

  /** The host's end, as the deployment of it told. */
  settle(host: string, outcome: HostOutcome, before: StorePath | undefined): void {
    const { status, after, generation, failedUnits, profiles, error, note } = outcome;
    this.#put({
      host,
      status,
      durationMs: this.#elapsed(),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      ...(generation === undefined ? {} : { generation }),
      ...(note === undefined ? {} : { note }),
      ...(failedUnits.length === 0 ? {} : { failedUnits }),
      ...(profiles === undefined ? {} : { profiles }),
      ...(error === undefined ? {} : { error: error.withHost(host).toJSON() }),
    });
    if (error !== undefined) this.#emit({ kind: "failure", host, error: error.withHost(host).toJSON() });
  }

  /** The host's end when nothing of it was changed. */
  fail(host: string, thrown: unknown, where: { readonly stage: Stage; readonly before?: StorePath | undefined }): void {
    const error = FlurryError.from(thrown).withHost(host).toJSON();
    const { before } = where;
    this.#put({
      host,
      status: statusOf(FlurryError.from(thrown)),
      error,
      durationMs: this.#elapsed(),
      ...(before === undefined ? {} : { before, after: before }),
    });
    this.#emit({ kind: "failure", host, stage: where.stage, error });
  }

  /** The host was left out because it cannot be reached and need not be. */
  leaveOut(host: string, why: FlurryError): void {
    this.#put({ host, status: "skipped", durationMs: this.#elapsed(), note: `left out: ${why.message}` });
  }

  /** The host was left out, because the user asked for it or because of what happened to others. */
  skip(host: string, error?: FlurryError): void {
    this.#put({
      host,
      status: "skipped",
      durationMs: this.#elapsed(),
      ...(error === undefined ? {} : { error: error.withHost(host).toJSON() }),
    });
  }

  /** One verdict for each host, in their order. A host without one is a bug and says so. */
  all(): readonly Verdict[] {
    return this.#hosts.map(({ name }) => {
      const verdict = this.#verdicts.get(name);
      if (verdict !== undefined) return verdict;
      const error = FlurryError.from(new Error("the run ended without a verdict for this host"));
      return { host: name, status: "failed", error: error.withHost(name).toJSON(), durationMs: this.#elapsed() };
    });
  }

  #put(verdict: Verdict): void {
    this.#verdicts.set(verdict.host, verdict);
    this.#emit({ kind: "verdict", verdict });
  }

  #elapsed(): number {
    return performance.now() - this.#startedAt;
  }
}

function statusOf(error: FlurryError): VerdictStatus {
  return isUnreachable(error) ? "unreachable" : "failed";
}

/** True for a host that could not be talked to: no route, no sshd, another key, nobody let in. */
export function isUnreachable(error: unknown): error is FlurryError {
  return FlurryError.is(error) && error.code.startsWith("FLURRY_SSH_");
}
