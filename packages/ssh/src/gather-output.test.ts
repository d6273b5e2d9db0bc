import fc from "fast-check";
import { expect, it } from "vitest";

import { OutputGatherer } from "./gather-output.ts";

const plenty = 1_000_000;

it("hands out the same lines however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "binary" }).map((text) => text.replaceAll(/[\r\n]/g, ""))),
      fc.array(fc.nat({ max: 7 })),
      (texts, cuts) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
        const lines: string[] = [];
        const gatherer = new OutputGatherer({ onLine: (line) => lines.push(line), maxBytes: plenty, keep: "all" });
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          gatherer.add(bytes.subarray(at, at + cut));
          at += cut;
        }
        expect(gatherer.end()).toBe(bytes.toString("utf8"));
        expect(lines).toEqual(bytes.toString("utf8").split("\n").slice(0, -1));
      },
    ),
  );
});

it("keeps all, the end, or nothing", () => {
  const feed = (keep: "all" | "end" | "nothing"): readonly [boolean, string] => {
    const gatherer = new OutputGatherer({ onLine: undefined, maxBytes: 4, keep });
    const fine = ["ab", "cd", "ef"].map((text) => gatherer.add(Buffer.from(text)));
    return [fine.every(Boolean), gatherer.end()];
  };
  expect(feed("all")[0]).toBe(false);
  expect(feed("end")).toEqual([true, "cdef"]);
  expect(feed("nothing")).toEqual([true, ""]);
});

it("does not collect a line without an end for ever", () => {
  const gatherer = new OutputGatherer({ onLine: () => {}, maxBytes: 4, keep: "nothing" });
  expect([gatherer.add(Buffer.from("abc")), gatherer.add(Buffer.from("de"))]).toEqual([true, false]);
});
