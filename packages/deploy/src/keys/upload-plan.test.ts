import { describe, expect, it } from "vitest";

import { aKey } from "../../tests/support/a-key.ts";
import { MadeKey } from "./made-key.ts";
import { keysToSend, parseFound, sha256 } from "./upload-plan.ts";

const value = Buffer.from("value");
const line = `0 ${sha256(value)} 640 0 root 96 keys`;

describe("what of the keys is sent", () => {
  const key = aKey({ mode: "0640", group: "keys" });

  it.each([
    ["what is there as it is to be", key, line, false],
    ["nor where owners are numbers", aKey({ mode: "640", user: "0", group: "96" }), line, false],
    ["a key that is not there", key, undefined, true],
    ["another content", key, line.replace(/ [0-9a-f]{64} /, ` ${sha256(Buffer.from("other"))} `), true],
    ["another mode", aKey({ ...key, mode: "0600" }), line, true],
    ["a bit more of the mode", aKey({ ...key, mode: "4640" }), line, true],
    ["another owner", aKey({ ...key, user: "nginx" }), line, true],
    ["another group", aKey({ ...key, group: "root" }), line, true],
  ])("%s", (_, wanted, said, isSent) => {
    const found = said === undefined ? undefined : parseFound(said);
    const there = new Map(found === undefined ? [] : [[wanted.path, found[1]]]);
    expect(keysToSend([new MadeKey(wanted, value)], there)).toHaveLength(isSent ? 1 : 0);
  });

  it.each(["", "0", "x ".repeat(7), line.replace("640", "999"), `${line} more`, line.replace("root", "two words")])(
    "is not decided by %j",
    (said) => expect(parseFound(said)).toBeUndefined(),
  );
});
