import type { Emit } from "@flurry/core";

import type { Attribution } from "./attribution.ts";
import type { BuildStep } from "./build-log.ts";
import type { BuildRequest } from "./build-request.ts";

/** Turns what happens to derivations into the progress of hosts. */
export class BuildProgress {
  readonly #hosts: readonly string[];
  readonly #attribution: Attribution;
  readonly #expected: Map<string, number>;
  readonly #done = new Map<string, Set<string>>();
  readonly #emit: Emit;

  constructor(
    requests: readonly BuildRequest[],
    parts: { readonly attribution: Attribution; readonly expected: ReadonlySet<string>; readonly emit: Emit },
  ) {
    this.#hosts = requests.map(({ host }) => host);
    this.#attribution = parts.attribution;
    this.#emit = parts.emit;
    this.#expected = new Map(this.#hosts.map((host) => [host, parts.attribution.count(host, parts.expected)]));
  }

  push(step: BuildStep): void {
    switch (step.kind) {
      case "started":
        return this.#each(step.drvPath, (host) => this.#report(host));
      case "ended":
        return this.#each(step.drvPath, (host) => {
          this.#doneOf(host).add(step.drvPath);
          this.#report(host);
        });
      case "line": {
        // A line of something that many hosts need is the run's, or it would be shown once for each.
        const [host, ...others] = this.#attribution.hostsOf(step.drvPath);
        const whose = host === undefined || others.length > 0 ? {} : { host };
        return this.#emit({ kind: "log", ...whose, stage: "build", level: "info", line: step.line });
      }
      case "message":
        return this.#emit({ kind: "log", stage: "build", level: step.level === 1 ? "warn" : "info", line: step.line });
    }
  }

  #each(drvPath: string, report: (host: string) => void): void {
    for (const host of this.#attribution.hostsOf(drvPath)) report(host);
  }

  #doneOf(host: string): Set<string> {
    const done = this.#done.get(host) ?? new Set();
    this.#done.set(host, done);
    return done;
  }

  #report(host: string): void {
    const done = this.#doneOf(host).size;
    // A builder may fail and be tried elsewhere, and a forecast may be too low.
    const expected = Math.max(this.#expected.get(host) ?? 0, done);
    this.#emit({ kind: "stage-progress", host, stage: "build", done, expected, unit: "builds" });
  }
}
