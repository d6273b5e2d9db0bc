import { describe, expect, it } from "vitest";

import { derivationOutputs, isAtLeast, parseNixVersion, pathInfoJsonFlags } from "./capabilities.ts";
import type { NixVersion } from "./capabilities.ts";

function version(text: string): NixVersion {
  const parsed = parseNixVersion(text);
  if (parsed === undefined) throw new Error(`no version in ${text}`);
  return parsed;
}

describe("parseNixVersion", () => {
  it.each([
    ["nix (Nix) 2.8.0\n", "nix", [2, 8, 0]],
    ["nix (Nix) 2.34.8", "nix", [2, 34, 8]],
    ["nix (Nix) 2.18", "nix", [2, 18, 0]],
    ["nix (Nix) 2.4pre20210823_af94b54", "nix", [2, 4, 0]],
    ["nix (Nix) 2.30.0pre20250521_d1f1a8f", "nix", [2, 30, 0]],
    ["nix (Nix) 2.8.0pre20220411_f7276bc", "nix", [2, 8, 0]],
    ["nix (Nix) 2.31.2+1", "nix", [2, 31, 2]],
    ["nix (Lix, like Nix) 2.90.0", "lix", [2, 90, 0]],
    ["nix (Lix, like Nix) 2.91.1", "lix", [2, 91, 1]],
    ["nix (Lix, like Nix) 2.93.3-pre20250802_1a2b3c4", "lix", [2, 93, 3]],
    ["nix (Determinate Nix 3.13.2) 2.32.4", "determinate", [2, 32, 4]],
    ["nix (Determinate Nix 3.0.0-dev-pre20250306-1234567) 2.26.3", "determinate", [2, 26, 3]],
    ["nix (Lix, like Nix) 2.94.0-dev-pre20250101-abcdef1", "lix", [2, 94, 0]],
    ["nix (Determinate Nix 3.8.5) 2.30.2", "determinate", [2, 30, 2]],
    ["warning: something\nnix (Nix) 2.26.3", "nix", [2, 26, 3]],
    ["tvix 3.1.4", "unknown", [3, 1, 4]],
  ])("reads %j", (text, implementation, numbers) => {
    expect(parseNixVersion(text)).toMatchObject({ implementation, numbers });
  });

  it.each(["", "command not found", "nix (Nix)", "2"])("finds none in %j", (text) => {
    expect(parseNixVersion(text)).toBeUndefined();
  });
});

describe("what a version can do", () => {
  it("compares numbers, not texts", () => {
    expect(isAtLeast(version("nix (Nix) 2.8.0"), 2, 13)).toBe(false);
    expect(isAtLeast(version("nix (Nix) 2.13.0"), 2, 13)).toBe(true);
    expect(isAtLeast(version("nix (Nix) 3.0.0"), 2, 13)).toBe(true);
  });

  it("asks for outputs of a derivation as the version wants it", () => {
    expect(derivationOutputs(version("nix (Nix) 2.8.0"), "/nix/store/x.drv")).toBe("/nix/store/x.drv");
    expect(derivationOutputs(version("nix (Nix) 2.26.3"), "/nix/store/x.drv")).toBe("/nix/store/x.drv^*");
    expect(derivationOutputs(version("nix (Lix, like Nix) 2.91.1"), "/nix/store/x.drv")).toBe("/nix/store/x.drv^*");
  });

  it("names the JSON format only where there are several", () => {
    expect(pathInfoJsonFlags(version("nix (Nix) 2.26.3"))).toEqual(["--json"]);
    expect(pathInfoJsonFlags(version("nix (Nix) 2.34.8"))).toEqual(["--json", "--json-format", "1"]);
    expect(pathInfoJsonFlags(version("nix (Lix, like Nix) 2.93.3"))).toEqual(["--json"]);
  });
});
