import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { errorCodes } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { errorReference } from "./error-reference.ts";
import { repositoryRoot } from "./repository.ts";

describe("errorReference", () => {
  it("is what docs/errors.md says (else: npm run docs)", async () => {
    expect(await readFile(join(repositoryRoot, "docs/errors.md"), "utf8")).toBe(errorReference());
  });

  it("has every code exactly once", () => {
    const listed = [...errorReference().matchAll(/^\| `(FLURRY_\w+)`/gm)].map((match) => match[1] ?? "");
    const codes = Object.keys(errorCodes);
    expect(listed.toSorted()).toEqual(codes.toSorted());
  });

  it("gives a code its exit code and its sentence", () => {
    expect(errorReference()).toMatch(
      /\| `FLURRY_BUILD_FAILED` +\| 4 +\| The system of a host could not be built\. +\|/,
    );
  });
});
