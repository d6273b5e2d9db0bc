import type { FlurryErrorJson } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { buildError } from "../../tests/support/scripted-runs.ts";
import { colorsFor } from "./colors.ts";
import { renderError } from "./error.ts";

const colors = colorsFor(false);
const longDetails = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`).join("\n");

const errors: readonly (readonly [string, FlurryErrorJson])[] = [
  ["a message alone", { code: "FLURRY_USAGE", message: "there is no command" }],
  ["a host", { ...buildError }],
  [
    "a place",
    {
      code: "FLURRY_FLEET_INVALID",
      message: "hosts.nas.adress: unknown key (and 1 more)",
      place: { file: "fleet.yaml", line: 12, column: 5 },
      details: "fleet.yaml:12:5 hosts.nas.adress: unknown key\nfleet.yaml:14:5 hosts.gw.tags: not a list",
      hint: 'did you mean "address"?',
    },
  ],
  ["a place of a host", { code: "FLURRY_EVAL_FAILED", message: "no", host: "nas", place: { file: "a.nix", line: 3 } }],
  ["long details", { code: "FLURRY_BUILD_FAILED", message: "no", details: longDetails }],
  [
    "causes",
    {
      code: "FLURRY_COPY_FAILED",
      message: "copying to nas failed: connection reset",
      cause: { code: "FLURRY_SSH_CONNECTION_LOST", message: "connection reset", cause: { message: "read ECONNRESET" } },
    },
  ],
  ["hostile text", { code: "FLURRY_EVAL_FAILED", message: "a\u001B[2Jb\u0007", details: "\u001B]0;x\u0007y\r\nz" }],
  ["several lines", { code: "FLURRY_INTERNAL", message: "first\nsecond", hint: "one\ntwo" }],
];

describe("renderError", () => {
  it.each(errors)("shows %s", (_, error) => {
    expect(renderError(error, { colors, verbose: false })).toMatchSnapshot();
  });

  it("says nothing twice", () => {
    const message = "hosts.nas.tagz: unknown key";
    const error: FlurryErrorJson = { code: "FLURRY_FLEET_INVALID", message, details: `fleet.yaml:3:1 ${message}` };
    expect(renderError(error, { colors, verbose: false })).toBe(`error[FLURRY_FLEET_INVALID]: ${message}`);
  });

  it("names a cause once that is among the details", () => {
    const cause = "connect ECONNREFUSED 10.0.20.1:22";
    const error: FlurryErrorJson = {
      code: "FLURRY_SSH_UNREACHABLE",
      message: "no",
      details: cause,
      cause: { message: cause },
    };
    expect(renderError(error, { colors, verbose: false })).toBe(`error[FLURRY_SSH_UNREACHABLE]: no\n  | ${cause}`);
  });

  it("shows all details when asked to", () => {
    const error: FlurryErrorJson = { code: "FLURRY_BUILD_FAILED", message: "no", details: longDetails };
    expect(renderError(error, { colors, verbose: true }).split("\n")).toHaveLength(31);
  });
});
