import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { DrvPath } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { DerivationScan } from "./derivation-scan.ts";

const needle = "cslhjg1gy4a4iwn3kjnlf2489wi3xyfk";

/** Files that look like those of a store. */
async function store() {
  const temp = await tempDir("flurry-scan");
  const at = (name: string): string => join(temp.path, name);
  const drv = (name: string, needs: readonly string[] = [], sources: readonly string[] = [], value = ""): DrvPath => {
    const inputs = needs.map((path) => `("${path}",["out","dev"])`).join(",");
    const list = sources.map((path) => `"${path}"`).join(",");
    const text = `Derive([("out","${at(name)}-out","",""),("dev","x","","")],[${inputs}],[${list}],"x86_64-linux","/bin/sh",["-c",""],[("value","${value}")])`;
    writeFileSync(at(`${name}.drv`), text);
    return at(`${name}.drv`) as DrvPath;
  };
  return { ...temp, at, drv };
}

describe("DerivationScan", () => {
  it("looks through all that a derivation is built from", async () => {
    await using place = await store();
    writeFileSync(place.at("written"), `here: /nix/store/${needle}-source/x`);
    mkdirSync(place.at("directory"));
    const clean = place.drv("clean", [], [place.at("directory")]);
    const deep = place.drv("deep", [], [], `/nix/store/${needle}-source`);
    const scan = new DerivationScan(needle);
    expect(await scan.finds(clean)).toBe(false);
    expect(await scan.finds(deep)).toBe(true);
    expect(await scan.finds(place.drv("above", [clean, place.drv("middle", [deep, clean])]))).toBe(true);
    expect(await scan.finds(place.drv("file", [clean], [place.at("written")]))).toBe(true);
    expect(await scan.finds(place.drv("both", [clean, clean], [place.at("directory")]))).toBe(false);
  });

  it("fails for what is no derivation or is not there", async () => {
    await using place = await store();
    writeFileSync(place.at("broken.drv"), "nonsense");
    const scan = new DerivationScan(needle);
    await expect(scan.finds(place.at("broken.drv") as DrvPath)).rejects.toThrow("not a derivation");
    await expect(scan.finds(place.drv("above", [place.at("none.drv")]))).rejects.toThrow("ENOENT");
  });

  it("answers each of several questions at a time, also after one that fails", async () => {
    await using place = await store();
    const shared = place.drv("shared");
    const scan = new DerivationScan(needle);
    const answers = await Promise.allSettled([
      scan.finds(place.drv("one", [shared])),
      scan.finds(place.drv("none", [place.at("gone.drv")])),
      scan.finds(place.drv("two", [shared, place.drv("leak", [], [], needle)])),
      scan.finds(place.drv("three", [shared])),
    ]);
    expect(answers).toMatchObject([{ value: false }, { status: "rejected" }, { value: true }, { value: false }]);
  });
});
