import { readFileSync } from "node:fs";

import { exitCodes } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { commandNames } from "./command-line/application.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("README", () => {
  it("tells every exit code and no other", () => {
    const listed = [...readme.matchAll(/^\| (\d+) +\|/gm)].map((match) => Number(match[1]));
    expect(listed).toEqual(Object.values(exitCodes));
  });

  it("tells every command and no other", () => {
    const listed = [...readme.matchAll(/^\| `flurry ([\w-]+)/gm)].map((match) => match[1]);
    expect(new Set(listed)).toEqual(new Set(commandNames));
  });
});
