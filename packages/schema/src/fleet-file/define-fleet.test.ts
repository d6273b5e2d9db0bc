import { describe, expect, it } from "vitest";

import { defineFleet } from "./define-fleet.ts";

describe("defineFleet", () => {
  it("returns what it was given, which the type checker has looked at", () => {
    const fleet = { hosts: { nas: { address: "10.0.20.10", tags: ["storage"] }, gateway: null } };
    const tags = ["storage"];
    expect(defineFleet(fleet)).toBe(fleet);
    expect(defineFleet({ hosts: { nas: { tags } } })).toEqual({ hosts: { nas: { tags } } });
    const make = async (): Promise<typeof fleet> => fleet;
    expect(defineFleet(make)).toBe(make);
    // @ts-expect-error -- a misspelt key is found by the type checker already
    defineFleet({ hosts: { nas: { adress: "10.0.20.10" } } });
    // @ts-expect-error -- so is a word that is not one of the choices
    defineFleet({ hosts: {}, rollout: { onFailure: "shrug" } });
  });
});
