import type { NixLogEvent } from "../process/internal-json.ts";

/** How far a copy is. Bytes are uncompressed; where nix does not tell them, `expectedBytes` is 0. */
export interface CopyState {
  readonly donePaths: number;
  readonly expectedPaths: number;
  readonly doneBytes: number;
  readonly expectedBytes: number;
}

const copyPathType = 100;

/** Follows the log of `nix copy`. */
export class CopyProgress {
  readonly #paths = new Map<string, { readonly path: string; bytes: number; ended: boolean }>();
  #copyPathsId: string | undefined;
  #announced = 0;
  #expectedBytes = 0;

  /** Takes one event; true when the state may have changed. */
  push(event: NixLogEvent): boolean {
    switch (event.kind) {
      case "start":
        return this.#start(event);
      case "stop": {
        const path = this.#paths.get(event.id);
        if (path !== undefined) path.ended = true;
        return path !== undefined;
      }
      case "result":
        return this.#result(event);
      case "message":
        return false;
    }
  }

  state(): CopyState {
    const paths = [...this.#paths.values()];
    const donePaths = paths.filter(({ ended }) => ended).length;
    const doneBytes = paths.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      donePaths,
      expectedPaths: Math.max(this.#announced, paths.length),
      doneBytes,
      expectedBytes: Math.max(this.#expectedBytes, this.#expectedBytes === 0 ? 0 : doneBytes),
    };
  }

  /** The paths that were sent, as nix names them. */
  sentPaths(): readonly string[] {
    return [...this.#paths.values()].map(({ path }) => path);
  }

  #start({ id, activity, text }: Extract<NixLogEvent, { kind: "start" }>): boolean {
    if (activity.type === "copy-path") this.#paths.set(id, { path: activity.path, bytes: 0, ended: false });
    else if (activity.type === "copy-paths") {
      // An activity of this type without a text comes from the queries before the copy.
      const count = /^copying (\d+) paths/.exec(text)?.[1];
      if (count === undefined) return false;
      this.#copyPathsId = id;
      this.#announced = Number(count);
    } else return false;
    return true;
  }

  #result({ id, result }: Extract<NixLogEvent, { kind: "result" }>): boolean {
    const path = this.#paths.get(id);
    if (path !== undefined && result.type === "progress") {
      path.bytes = result.done;
      return true;
    }
    if (id === this.#copyPathsId && result.type === "expected" && result.of === copyPathType) {
      this.#expectedBytes = result.count;
      return true;
    }
    return false;
  }
}
