import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseNixLogLine } from "./internal-json.ts";

const drv = "/nix/store/x9i33g1y1n3i7kva4a6wkp6788m7704p-nixos-a.drv";

describe("parseNixLogLine", () => {
  // Lines of Nix 2.8 and 2.34.
  it.each([
    [
      `@nix {"action":"start","fields":["${drv}","",1,1],"id":28123445854212,"level":3,"text":"building '${drv}'","type":105}`,
      {
        kind: "start",
        id: "28123445854212",
        text: `building '${drv}'`,
        activity: { type: "build", drvPath: drv, machine: "" },
      },
    ],
    [
      `@nix {"action":"start","fields":["${drv}","ssh://builder",1,1],"id":1,"level":3,"parent":0,"text":"","type":105}`,
      { kind: "start", id: "1", text: "", activity: { type: "build", drvPath: drv, machine: "ssh://builder" } },
    ],
    [
      '@nix {"action":"start","fields":["/nix/store/a","local","ssh-ng://h"],"id":2,"level":3,"text":"copying","type":100}',
      { kind: "start", id: "2", text: "copying", activity: { type: "copy-path", path: "/nix/store/a" } },
    ],
    [
      '@nix {"action":"start","id":3,"level":6,"text":"querying","type":0}',
      { kind: "start", id: "3", text: "querying", activity: { type: "other" } },
    ],
    ['@nix {"action":"stop","id":28123445854212}', { kind: "stop", id: "28123445854212" }],
    [
      '@nix {"action":"result","fields":["\\u001b[1mhi\\u001b[0m"],"id":4,"type":101}',
      { kind: "result", id: "4", result: { type: "log-line", line: "hi" } },
    ],
    [
      '@nix {"action":"result","fields":[1,4,2,0],"id":5,"type":105}',
      { kind: "result", id: "5", result: { type: "progress", done: 1, expected: 4, running: 2, failed: 0 } },
    ],
    [
      '@nix {"action":"result","fields":[100,4096],"id":6,"type":106}',
      { kind: "result", id: "6", result: { type: "expected", of: 100, count: 4096 } },
    ],
    [
      '@nix {"action":"result","fields":["buildPhase"],"id":7,"type":104}',
      { kind: "result", id: "7", result: { type: "phase", phase: "buildPhase" } },
    ],
    [
      '@nix {"action":"msg","level":1,"msg":"\\u001b[35;1mwarning:\\u001b[0m Git tree is dirty"}',
      { kind: "message", level: 1, text: "warning: Git tree is dirty", trace: [] },
    ],
    [
      `@nix {"action":"msg","level":1,"msg":"warning: error: SQLite database '/nix/var/nix/db/db.sqlite' is busy"}`,
      {
        kind: "message",
        level: 3,
        text: "warning: error: SQLite database '/nix/var/nix/db/db.sqlite' is busy",
        trace: [],
      },
    ],
    [
      '@nix {"action":"msg","column":3,"file":"/f.nix","level":0,"line":2,"msg":"error: \\u001b[35;1mno\\u001b[0m","raw_msg":"\\u001b[35;1mno\\u001b[0m","trace":[{"column":null,"file":null,"line":null,"raw_msg":"while a"},{"column":1,"file":"/g.nix","line":9,"raw_msg":"while b"}]}',
      {
        kind: "message",
        level: 0,
        text: "error: no",
        rawText: "no",
        position: { file: "/f.nix", line: 2, column: 3 },
        trace: [{ text: "while a" }, { text: "while b", position: { file: "/g.nix", line: 9, column: 1 } }],
      },
    ],
  ])("reads %s", (line, event) => {
    expect(parseNixLogLine(line)).toEqual(event);
  });

  it.each([
    "",
    "ssh: connect to host nas port 22: Connection refused",
    "@nix ",
    "@nix {",
    "@nix null",
    "@nix []",
    '@nix {"action":"dance","id":1}',
    '@nix {"action":"stop"}',
    '@nix {"action":"msg","level":"high","msg":"x"}',
    '@nix {"action":"result","id":1,"type":105000,"fields":[]}',
    '@nix {"action":"result","id":1,"type":101,"fields":[3]}',
  ])("has nothing to say of %j", (line) => {
    expect(parseNixLogLine(line)).toBeUndefined();
  });

  it("keeps ids apart that a double cannot", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (id) => {
        expect(parseNixLogLine(`@nix {"action":"stop","id":${id}}`)).toEqual({ kind: "stop", id: String(id) });
      }),
    );
  });

  it("gives back any log line, whatever it looks like", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant('"id":12345678901234567890')), (text) => {
        const plain = text.replaceAll("\u001B", "").replaceAll("\u009B", "");
        const line = `@nix ${JSON.stringify({ action: "result", fields: [plain], id: 9, type: 101 })}`;
        expect(parseNixLogLine(line)).toEqual({ kind: "result", id: "9", result: { type: "log-line", line: plain } });
      }),
    );
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseNixLogLine(`@nix ${text}`)).not.toThrow();
      }),
    );
    const word = fc.oneof(fc.jsonValue(), fc.constantFrom("start", "stop", "result", "msg", 100, 101, 105, 106));
    fc.assert(
      fc.property(
        fc.record({ action: word, id: word, type: word, fields: word, level: word, msg: word, trace: word }),
        (data) => {
          expect(() => parseNixLogLine(`@nix ${JSON.stringify(data)}`)).not.toThrow();
        },
      ),
    );
  });
});
