import { FlurryError } from "@flurry/core";

import { askNix } from "./evaluate.ts";
import type { EvaluationRecord } from "./evaluation-record.ts";
import type { EvaluationRequest } from "./evaluation.ts";
import { proveRecord } from "./prove.ts";
import type { Proof } from "./prove.ts";
import type { Session } from "./session.ts";

/** How the proof of a host went; `unknown` when it could not be made for a reason that is none of the flake's. */
export type HostProof = Proof["kind"] | "unknown";

/** Proves what is remembered of a host, and remembers how that went. Nothing is thrown. */
export async function proveHost(
  request: EvaluationRequest,
  record: EvaluationRecord,
  session: Session,
): Promise<HostProof> {
  const { signal } = session.parts;
  try {
    const proof = await prove(request, record, session);
    return await keep(proof, request, session);
  } catch (error) {
    if (!signal.aborted)
      warn(request, session, `the proof of what it depends on could not be made: ${FlurryError.from(error).message}`);
    return "unknown";
  }
}

async function prove(request: EvaluationRequest, record: EvaluationRecord, session: Session): Promise<Proof> {
  const { flake, parts, timeoutMs, version } = session;
  const { context, run, signal } = parts;
  const quiet = { run, emit: () => {}, signal, timeoutMs, version };
  return proveRecord(record, {
    flake,
    context,
    version,
    signal,
    ask: (projected, driver) => askNix(projected, request, { ...quiet, driver }),
  });
}

async function keep(proof: Proof, request: EvaluationRequest, session: Session): Promise<HostProof> {
  const records = session.cache?.records;
  switch (proof.kind) {
    case "impossible":
      if (proof.why === "seen")
        warn(request, session, "what it depends on cannot be proven: it looks at every file of the source");
      return proof.kind;
    case "proven":
      for (const each of proof.records) await records?.put(request, each);
      await records?.unrefute(request);
      return proof.kind;
    case "refuted": {
      const consequence = "could not be proven, so that from now on every change of the source counts";
      warn(request, session, `what it depends on ${consequence}: ${proof.why}`);
      await records?.refute(request, proof.why);
      return proof.kind;
    }
  }
}

function warn({ host }: EvaluationRequest, { parts }: Session, line: string): void {
  parts.emit({ kind: "log", host, stage: "evaluate", level: "warn", line });
}
