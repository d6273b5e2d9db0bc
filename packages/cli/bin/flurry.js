#!/usr/bin/env node
import { statSync } from "node:fs";
import module from "node:module";

// Node 22 keeps what it compiled for the next start; not in a place where others could put something.
const { HOME, XDG_CACHE_HOME = HOME && `${HOME}/.cache` } = process.env;
if (XDG_CACHE_HOME?.startsWith("/")) module.enableCompileCache?.(`${XDG_CACHE_HOME}/flurry/code`);

const bundle = "../dist/bundle/flurry.js";
const { main, processContext } = await (isBundleCurrent() ? import(bundle) : import("../dist/program.js"));
process.exitCode = await main(process.argv.slice(2), processContext());

/** An installed package has no build information. In a checkout a compiler may have run since the bundle was written. */
function isBundleCurrent() {
  const bundledAt = modifiedAt(bundle);
  if (bundledAt === undefined) return false;
  const built = ["cli", "core", "deploy", "nix", "render", "schema", "secrets", "ssh"];
  return built.every((name) => (modifiedAt(`../../${name}/dist/.tsbuildinfo`) ?? 0) <= bundledAt);
}

function modifiedAt(path) {
  return statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs;
}
