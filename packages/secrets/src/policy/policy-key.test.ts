import { describe, expect, it } from "vitest";

import { isKeyOfPolicy, keyDifference } from "./policy-key.ts";

const azure = (id: string) => ({ type: "azure_kv", id }) as const;
const age = (id: string) => ({ type: "age", id }) as const;

describe("keyDifference", () => {
  it("says which keys a file lacks, and which it has beside", () => {
    expect(keyDifference([age("age1a"), age("age1b")], [age("age1b"), age("age1c")])).toEqual({
      missing: [age("age1a")],
      extra: [age("age1c")],
    });
  });

  it("takes any version of a key of Azure where the policy names none", () => {
    const present = azure("https://v.vault.azure.net sops 7d3a");
    for (const wanted of [azure("https://v.vault.azure.net sops"), azure("https://v.vault.azure.net/ sops 7d3a")])
      expect(keyDifference([wanted], [present])).toEqual({ missing: [], extra: [] });
    const other = azure("https://v.vault.azure.net sops 99");
    expect(keyDifference([other], [present])).toEqual({ missing: [other], extra: [present] });
    expect(isKeyOfPolicy(present, azure("https://v.vault.azure.net other"))).toBe(false);
  });
});
