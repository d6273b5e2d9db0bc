// Writes dist/bundle: node scripts/bundle.mjs
//
// What bin/flurry.js runs is some hundred modules of Flurry's packages and of the libraries below them, and to find, read
// and link them takes Node longer than what most commands do. The bundle has the same modules in few files, which are
// loaded as they are needed. The packages themselves are published as they were compiled.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

import { rolldown } from "rolldown";

const cli = fileURLToPath(new URL("..", import.meta.url));
const packages = dirname(cli.slice(0, -1));
const bundle = join(cli, "dist", "bundle");

/** Libraries that find files of their own at run time; they stay where npm puts them. */
const apart = ["jiti", "piscina", "ssh2"];

/** The first puts its place into names of temporary files, with the process and a counter; the second speaks of it in a text. */
const placed = new Set(["write-file-atomic", "@colors/colors"]);

/** Libraries with files named after them, so that it can be seen who loads them. */
const groups = ["@stricli/core", "yaml", "zod"].map((name) => ({
  name: name.replace(/[@/]+/g, "-").replace(/^-/, ""),
  test: new RegExp(`/node_modules/${name}/`),
}));

/** What threads load. */
const workers = {
  "nix-worker": { specifier: "@flurry/nix/worker", file: join(packages, "nix/dist/pool/worker.js") },
  "rekey-worker": {
    specifier: "@flurry/secrets/rekey-worker",
    file: join(packages, "secrets/dist/rekey/rekey-worker.js"),
  },
};

/** Files that are read at run time by their place beside a module. */
const assets = [
  "deploy/supervisor",
  "nix/dist/recorder",
  "nix/recorder/compiler-flags.txt",
  "nix/recorder/prebuilt",
  "nix/recorder/recorder.c",
  "schema/dist/fleet-file/define-fleet.js",
];

const wholePrefix = "\0whole:";

/**
 * `import("@flurry/deploy")` makes an object of all that the package exports. Without a module of its own for that, whoever
 * imports one name of the package would load the whole.
 */
const wholePackages = {
  name: "whole-packages",
  resolveId: (source, importer, { kind }) => {
    if (kind === "dynamic-import" && /^@flurry\/[a-z]+$/.test(source)) return `${wholePrefix}${source}`;
    if (importer?.startsWith(wholePrefix) === true) return fileURLToPath(import.meta.resolve(source));
    return undefined;
  },
  load: (id) =>
    id.startsWith(wholePrefix)
      ? { code: `export * from "${id.slice(wholePrefix.length)}";`, moduleSideEffects: false }
      : undefined,
};

if (process.argv.includes("--if-stale") && isCurrent()) process.exit(0);
const startedAt = new Date();
write([
  ...(await bundled(
    { flurry: join(cli, "dist/program.js"), "rekey-worker": workers["rekey-worker"].file },
    { groups },
  )),
  // Every evaluation waits for this one, so it is a single file with no more than what it needs.
  ...(await bundled({ "nix-worker": workers["nix-worker"].file }, false)),
]);

/** Whether no compiler has run and no other file was changed since the bundle was written. */
function isCurrent() {
  const at = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const bundledAt = at(join(bundle, "flurry.js"));
  const compiled = readdirSync(packages).map((name) => join(packages, name, "dist/.tsbuildinfo"));
  return [...compiled, ...assets.flatMap(filesOf)].every((file) => at(file) <= bundledAt);
}

/** An asset, and what lies in it where it is a folder. */
function filesOf(asset) {
  const file = join(packages, asset);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() !== true) return [file];
  return [file, ...readdirSync(file).map((name) => join(file, name))];
}

/** The files of one bundle. */
async function bundled(input, codeSplitting) {
  const build = await rolldown({
    input,
    platform: "node",
    external: (id) => apart.some((name) => id === name || id.startsWith(`${name}/`)) || id.endsWith(".node"),
    plugins: [wholePackages, { name: "places", load: (id) => loadCompiled(id) ?? loadPlaced(id) }],
    onLog: (level, log) => {
      if (level === "warn" && log.code !== "EVAL") throw new Error(log.message);
    },
  });
  const { output } = await build.generate({
    format: "esm",
    sourcemap: true,
    codeSplitting,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    comments: { legal: false },
  });
  await build.close();
  return output.map((file) =>
    file.fileName.endsWith(".map") ? { ...file, source: withOwnSources(file.source) } : file,
  );
}

/** A compiled module of a package of Flurry: its source map leads to the TypeScript, and its neighbours to their copies. */
function loadCompiled(id) {
  if (!id.startsWith(packages) || id.includes(`${sep}node_modules${sep}`)) return undefined;
  const code = withPlaces(readFileSync(id, "utf8"), id).replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
  const map = JSON.parse(readFileSync(`${id}.map`, "utf8"));
  const sources = map.sources.map((source) => resolve(dirname(id), source));
  return { code, map: { ...map, sources, sourcesContent: sources.map((source) => readFileSync(source, "utf8")) } };
}

/** A CommonJS module that wants to know its own place, which nothing in a bundle has. Those that do are known. */
function loadPlaced(id) {
  const [, name] = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/.*\.c?js$/.exec(id) ?? [];
  if (name === undefined) return undefined;
  const code = readFileSync(id, "utf8");
  if (!/\b__(?:file|dir)name\b/.test(code)) return undefined;
  if (!placed.has(name)) throw new Error(`${id} looks for files beside it; keep ${name} apart`);
  return code.replaceAll(/\b__filename\b/g, JSON.stringify(name));
}

/** A source map that holds the sources of Flurry, and of the libraries no more than their names. */
function withOwnSources(map) {
  const { sources, sourcesContent = [], ...rest } = JSON.parse(map);
  const own = sources.map((source, index) =>
    source.includes("node_modules/") ? null : (sourcesContent[index] ?? null),
  );
  return JSON.stringify({ ...rest, sources, sourcesContent: own });
}

/** Code that finds files from its own place, made to find them from the bundle. */
function withPlaces(code, id) {
  let own = code.replaceAll(/new URL\((["'`])(\.[^"'`]*)\1,\s*import\.meta\.url\)/g, (_, quote, path) => {
    const [fixed = ""] = path.split("${");
    const file = join(dirname(id), fixed);
    const rest = path.slice(fixed.length);
    const place = file.startsWith(cli) ? relative(bundle, file) : `./assets/${assetOf(file, fixed)}`;
    return `new URL(${quote}${place}${rest}${quote}, import.meta.url)`;
  });
  for (const [name, { specifier }] of Object.entries(workers))
    own = own.replaceAll(`import.meta.resolve("${specifier}")`, `new URL("./${name}.js", import.meta.url).href`);
  const unknown = /import\.meta\.(?:resolve|dirname|filename)\b|(?<!, |extname\()import\.meta\.url\b/.exec(own);
  if (unknown !== null) throw new Error(`${id}: ${unknown[0]} cannot be bundled`);
  return own;
}

function assetOf(file, fixed) {
  const path = relative(packages, file) + (fixed.endsWith("/") ? "/" : "");
  if (!assets.some((asset) => path.startsWith(asset) || asset.startsWith(path))) throw new Error(`${path} is no asset`);
  return path;
}

function write(files) {
  mkdirSync(bundle, { recursive: true });
  rmSync(join(bundle, "assets"), { recursive: true, force: true });
  for (const asset of assets.filter((asset) => existsSync(join(packages, asset))))
    cpSync(join(packages, asset), join(bundle, "assets", asset), { recursive: true });
  const names = new Set(["assets", "LICENSES.txt"]);
  for (const file of files) {
    names.add(file.fileName);
    writeFileSync(join(bundle, file.fileName), file.type === "chunk" ? file.code : file.source);
  }
  for (const name of readdirSync(bundle).filter((name) => !names.has(name)))
    rmSync(join(bundle, name), { force: true });
  writeFileSync(join(bundle, "LICENSES.txt"), licenses(files));
  // Whatever was compiled meanwhile is not in it.
  utimesSync(join(bundle, "flurry.js"), startedAt, startedAt);
}

/** The licenses of the libraries whose code is in the bundle. */
function licenses(files) {
  const modules = files.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  const roots = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? []);
  const texts = [...new Set(roots)].map((root) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const file = readdirSync(root).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? `License: ${license}\n` : readFileSync(join(root, file), "utf8");
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  return texts.sort().join(`\n${"-".repeat(80)}\n\n`);
}
