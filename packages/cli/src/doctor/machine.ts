import { byteSize, count } from "../renderers/measures.ts";
import type { Examination } from "./examine.ts";
import type { Finding } from "./finding.ts";

/** What an evaluation of a large NixOS system may need. */
const largeEvaluationBytes = 2e9;

/** How many processors there are to evaluate on. */
export function examineCores({ services }: Examination): Finding {
  const { cores } = services.machine();
  return { name: "cores", status: "ok", text: `${count(cores, "core")} to evaluate on`, data: { cores } };
}

/** How much memory is free for evaluations. */
export function examineMemory({ services }: Examination): Finding {
  const { freeMemoryBytes } = services.machine();
  const found = { name: "memory", text: `${byteSize(freeMemoryBytes)} free`, data: { freeBytes: freeMemoryBytes } };
  if (freeMemoryBytes >= largeEvaluationBytes) return { ...found, status: "ok" };
  return { ...found, status: "poor", hint: "the evaluation of a NixOS system takes 0.5 to 2 GB" };
}
