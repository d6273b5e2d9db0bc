import { spawnSync } from "node:child_process";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { shellCommand, shellQuote } from "./shell-quote.ts";

// sh is everywhere; the others are login shells that a host's user may have, tried where they are installed.
const shells = ["sh", "bash", "dash", "zsh", "fish", "ksh"].filter(
  (shell) => spawnSync(shell, ["-c", "exit 0"]).status === 0,
);

/** What a shell makes of a command line: the words that its command gets. */
function wordsIn(shell: string, command: string): readonly string[] {
  const { stdout, stderr, status } = spawnSync(shell, ["-c", `printf '%s\\0' ${command}`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${shell}: ${stderr}`);
  return stdout.split("\0").slice(0, -1);
}

const hostile = [
  "",
  "-rf",
  "--",
  "it's",
  String.raw`\'; touch pwned; '`,
  String.raw`\\'; touch pwned #`,
  String.raw`a\nb\tc\\`,
  '"; touch pwned; "',
  "$(touch pwned)",
  "`touch pwned`",
  "${HOME}",
  "$HOME",
  "(touch pwned)",
  "; touch pwned",
  "| touch pwned",
  "&& touch pwned &",
  "> pwned",
  "line\nbreak; touch pwned",
  "carriage\rreturn",
  "tab\there",
  "*",
  "?[a-z]{b,c}",
  "~root",
  "=ls",
  "!!",
  "#comment",
  "A=B",
  "%s%n",
  "\u001b]0;title\u0007",
  "Grüße 日本 \u202e \ud83d\ude00",
  "x".repeat(60_000),
];

describe("shellQuote", () => {
  it("leaves plain words readable", () => {
    expect(shellCommand(["nix-env", "-p", "/nix/var/nix/profiles/system", "a b", "it's", ""])).toBe(
      `nix-env -p /nix/var/nix/profiles/system 'a b' 'it'"'"'s' ''`,
    );
  });

  it("refuses what no argument can hold", () => {
    expect(() => shellQuote("a\0b")).toThrow(RangeError);
  });

  it.each(shells)("gives %s hostile words back as they went in", (shell) => {
    expect(wordsIn(shell, shellCommand(hostile))).toEqual(hostile);
  });

  it("never makes an assignment of the first word", () => {
    const { status } = spawnSync("sh", ["-c", `${shellCommand(["A=B"])} 2> /dev/null`]);
    expect(status).toBe(127);
  });

  it.each(shells)("gives %s back exactly the words that went in", (shell) => {
    const word = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.array(fc.constantFrom("'", "\\", '"', "$", "`", "a", " ", "\n", "(", ";")).map((parts) => parts.join("")),
    );
    const words = fc.array(
      word.filter((text) => !text.includes("\0")),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(words, (given) => {
        expect(wordsIn(shell, shellCommand(given))).toEqual(given);
      }),
      { numRuns: 40 },
    );
  });
});
