import { runProcess } from "@flurry/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { splitVersion } from "../src/plan/package-name.ts";
import { compareVersions } from "../src/plan/version-order.ts";

/** What Nix makes of a list, all of it in one evaluation. */
async function askNix(expression: string, list: readonly unknown[]): Promise<unknown> {
  const flags = ["--extra-experimental-features", "nix-command", "eval", "--json", "--impure", "--expr"];
  const env = { PATH: process.env["PATH"], HOME: "/nonexistent", LIST: JSON.stringify(list) };
  const expr = `map (${expression}) (builtins.fromJSON (builtins.getEnv "LIST"))`;
  const { stdout, stderr, exitCode } = await runProcess("nix", [...flags, expr], { cwd: "/", env });
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const part = fc.oneof(
  fc.nat({ max: 300 }).map(String),
  fc.constantFrom("pre", "rc", "a", "b", "git", "unstable", ".", "-", "_", "+", "lib", "2a"),
);
const text = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(""));

describe("versions as Nix has them", () => {
  it("compares as builtins.compareVersions does", async () => {
    const pairs = fc.sample(fc.tuple(text, text), 500);
    const own = pairs.map(([a, b]) => Math.sign(compareVersions(a, b)));
    expect(own).toEqual(
      await askNix("pair: builtins.compareVersions (builtins.elemAt pair 0) (builtins.elemAt pair 1)", pairs),
    );
  });

  it("splits names as builtins.parseDrvName does", async () => {
    const names = fc.sample(text, 500);
    expect(names.map(splitVersion)).toEqual(await askNix("builtins.parseDrvName", names));
  });
});
