import { FlurryError, storePath } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { outcomeOfMoved } from "./outcome-of-moved.ts";

const system = (letter: string): ReturnType<typeof storePath> =>
  storePath(`/nix/store/${letter.repeat(32)}-nixos-system-nas`);
const [before, candidate, theirs] = [system("a"), system("b"), system("c")];
const error = new FlurryError("FLURRY_HOST_MOVED", "the host now runs another system");

describe("a host that was to be taken back and has moved", () => {
  it.each([
    ["is back when it runs what it ran before", { current: before, profile: before }, "reverted"],
    ["is not called back when it runs what someone else deployed", { current: theirs, profile: theirs }, "failed"],
  ])("%s", (_, now, status) =>
    expect(outcomeOfMoved(now, { candidate, before, error })).toMatchObject({ status, after: now.current, error }),
  );

  it.each([
    ["runs", { current: candidate, profile: before }],
    ["boots", { current: before, profile: candidate }],
  ])("stays on its new system where it %s that", (_, now) =>
    expect(outcomeOfMoved(now, { candidate, before, error })).toBeUndefined(),
  );
});
