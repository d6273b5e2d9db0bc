import { describe, expect, it } from "vitest";

import { willBeBuilt } from "./forecast.ts";

const a = "/nix/store/9hi7bqm9kw7rx5iby0wzyyyzgmiq0qfz-a.drv";
const b = "/nix/store/h3gnhmhacx2jgjgr3h0k0xannjvvqs78-b.drv";

describe("willBeBuilt", () => {
  it.each([
    ["several", ["warning: x", "these 2 derivations will be built:", `  ${a}`, `  ${b}`], [a, b]],
    ["one", ["this derivation will be built:", `  ${a}`], [a]],
    ["one message with all of it", [`these 2 derivations will be built:\n  ${a}\n  ${b}`], [a, b]],
    [
      "what is fetched after it",
      ["this derivation will be built:", `  ${a}`, "these 3 paths will be fetched (1 MiB):", "  /nix/store/x"],
      [a],
    ],
    ["nothing", [], []],
  ])("reads %s", (_, lines, paths) => {
    expect([...willBeBuilt(lines)]).toEqual(paths);
  });
});
