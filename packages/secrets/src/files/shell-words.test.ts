import { describe, expect, it } from "vitest";

import { shellWords } from "./shell-words.ts";

describe("shellWords", () => {
  it.each([
    ["vim", ["vim"]],
    ["  code --wait\t-n ", ["code", "--wait", "-n"]],
    [`emacs -e '(a "b")' x`, ["emacs", "-e", '(a "b")', "x"]],
    [`a "b \\"c\\" \\d" e\\ f`, ["a", 'b "c" \\d', "e f"]],
    ["a '' b", ["a", "", "b"]],
    ["pre'fix ed'post", ["prefix edpost"]],
  ])("cuts %j", (text, words) => expect(shellWords(text, "EDITOR")).toEqual(words));

  it.each(["", "  ", "vim 'x", 'vim "x'])("refuses %j", (text) => {
    expect(() => shellWords(text, "EDITOR")).toThrow("The command in EDITOR cannot be read");
  });
});
