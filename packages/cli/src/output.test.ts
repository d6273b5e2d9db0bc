import { describe, expect, it } from "vitest";

import { fakeContext } from "../tests/support/fake-context.ts";
import { outputFor } from "./output.ts";

describe("outputFor", () => {
  it.each([
    [{ tty: true }, {}, true],
    [{ tty: false }, {}, false],
    [{ tty: true, env: { NO_COLOR: "1" } }, {}, false],
    [{ tty: true, env: { NO_COLOR: "" } }, {}, true],
    [{ tty: true, env: { TERM: "dumb" } }, {}, false],
    [{ tty: false, env: { FORCE_COLOR: "1" } }, {}, true],
    [{ tty: true, env: { FORCE_COLOR: "0" } }, {}, false],
    [{ tty: true, env: { NO_COLOR: "1", FORCE_COLOR: "1" } }, {}, false],
    [{ tty: false, env: { NO_COLOR: "1" } }, { color: "always" }, true],
    [{ tty: true, env: { FORCE_COLOR: "1" } }, { color: "never" }, false],
  ] as const)("with %j and %j colours: %s", (process, flags, expected) => {
    const { colors } = outputFor(fakeContext(process), flags);
    expect(colors.red("x") !== "x").toBe(expected);
  });

  it.each([
    [{ tty: true }, {}, "terminal"],
    [{ tty: false }, {}, "lines"],
    [{ tty: true, env: { CI: "true" } }, {}, "lines"],
    [{ tty: true, env: { CI: "false" } }, {}, "terminal"],
    [{ tty: true, env: { TERM: "dumb" } }, {}, "lines"],
    [{ tty: true }, { json: true }, "none"],
    [{ tty: true }, { quiet: true }, "none"],
    [{ tty: true }, { json: true, logFormat: "lines" }, "lines"],
    [{ tty: false }, { logFormat: "terminal" }, "terminal"],
    [{ tty: true }, { logFormat: "auto" }, "terminal"],
  ] as const)("with %j and %j progress is %s", (process, flags, expected) => {
    expect(outputFor(fakeContext(process), flags).progress).toBe(expected);
  });
});
