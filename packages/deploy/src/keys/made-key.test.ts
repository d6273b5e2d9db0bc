import { inspect } from "node:util";

import { describe, expect, it } from "vitest";

import { aKey } from "../../tests/support/a-key.ts";
import { MadeKey } from "./made-key.ts";

describe("a made key", () => {
  it("gives its value to whoever asks for it and shows it to nobody else", () => {
    const made = new MadeKey(aKey({ name: "token" }), Buffer.from("marker"));
    expect(Buffer.from(made.reveal()).toString()).toBe("marker");
    const bytes = Buffer.from("marker").join(",");
    for (const shown of [JSON.stringify(made), inspect(made, { depth: 9, showHidden: true })]) {
      expect(shown).toContain("token");
      expect(shown).not.toContain("marker");
      expect(shown.replaceAll(" ", "")).not.toContain(bytes);
    }
  });
});
