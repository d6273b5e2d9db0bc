import { describe, expect, it } from "vitest";

import { together } from "./compare-deployments.ts";

describe("the labs of a round", () => {
  it("are up together while they are few, and one after the other when they are many", () => {
    const contenders = ["flurry", "by-hand", "colmena"];
    expect(together({ contenders, hosts: 10 }, 1)).toEqual([contenders]);
    const alone = together({ contenders, hosts: 30 }, 1);
    expect(alone.map((group) => group.length)).toEqual([1, 1, 1]);
    expect(alone.flat().toSorted()).toEqual(contenders.toSorted());
    expect(together({ contenders, hosts: 30 }, 2)).not.toEqual(alone);
  });
});
