import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parsePath } from "./parse-path.ts";
import { printPath } from "./tree.ts";

describe("parsePath", () => {
  it.each([
    ["smb", ["smb"]],
    ["smb.password", ["smb", "password"]],
    ["users[0][12].name", ["users", 0, 12, "name"]],
    ["a/b.ssh key", ["a/b", "ssh key"]],
    ['["a.b"][0]["c[d]"]', ["a.b", 0, "c[d]"]],
    [`['a']["\\"x"]`, ["a", '"x']],
  ])("reads %s", (text, path) => expect(parsePath(text)).toEqual(path));

  it.each(["", ".", "a.", "a..b", "a[x]", "a[", "[", "[]", '["a"', '["a"]b', '["\\x"]', "[-1]", "a[1]b"])(
    "refuses %j",
    (text) => expect(() => parsePath(text)).toThrow(`The path ${text} cannot be read`),
  );

  it("reads what is printed", () => {
    const step = fc.oneof(fc.string(), fc.nat(1000));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), (path) => {
        expect(parsePath(printPath(path))).toEqual(path);
      }),
    );
  });
});
