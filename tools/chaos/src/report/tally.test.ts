import { describe, expect, it } from "vitest";

import { renderCampaign } from "./render.ts";
import { nothingDone, Tally } from "./tally.ts";

describe("what a campaign came to", () => {
  it("is gone on with where it stands", () => {
    const tally = new Tally({ ...nothingDone, done: [3, 5] });
    tally.breakOff(4, "no space");
    expect(tally.state).toMatchObject({ done: [3, 5], brokenOff: [{ round: 4, why: "no space" }] });
  });

  it("says how to repeat the round of a broken promise", () => {
    const tally = new Tally();
    const place = { seed: 7, round: 12, host: "h1", timeline: [], state: undefined, hostLog: "", journals: [] };
    tally.addLate([{ ...place, complaints: ["leftover lock: x"] }]);
    const text = renderCampaign(tally.state, { seed: 7, wanted: 500 });
    expect(text).toContain("--seed 7 --from 12 --rounds 1, h1: leftover lock: x");
    expect(text).toContain("0 of 500 rounds");
    expect(text).not.toContain("nothing left of a run");
  });
});
