// Makes a fresh clone able to run something, then runs it: node scripts/setup.mjs demo|test|fuzz|bench|chaos|lab [ARGUMENTS…]
// Plain JavaScript without dependencies, since nothing is installed yet when it starts.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);

const tasks = {
  demo: (args) => run(process.execPath, [join(root, "tools/demo/dist/main.js"), ...args]),
  test: (args) => run(bin("vitest"), ["run", ...args]),
  fuzz: (args) => {
    readFuzzFlags(args);
    run(bin("vitest"), ["run", "--project", "integration", "packages/secrets/tests/fuzz.test.ts"]);
  },
  soundness: (args) => run(process.execPath, [join(root, "tools/soundness/dist/main.js"), ...args]),
  bench: (args) => run(process.execPath, [join(root, "tools/bench/dist/main.js"), ...args]),
  chaos: (args) => run(process.execPath, [join(root, "tools/chaos/dist/main.js"), ...args]),
  lab: (args) => run(process.execPath, [join(root, "tools/lab/bin/lab.js"), ...args]),
};

const [name, ...args] = process.argv.slice(2);
const task = tasks[name];
if (task === undefined) fail(`usage: node scripts/setup.mjs ${Object.keys(tasks).join("|")} [ARGUMENTS…]`);

requireNode();
installPackages();
build();
await installPrerequisites(name);
task(args);

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Flurry needs Node 20.19 or newer; this is ${process.versions.node}.`);
}

/** --seed N, --count N and --seconds N; without them a long run with a seed of its own, which is printed. */
function readFuzzFlags(words) {
  const values = { seed: String(Date.now() % 1_000_000), count: "100000", seconds: "300" };
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at]?.replace(/^--/, "") ?? "";
    if (!Object.hasOwn(values, name) || !/^\d+$/.test(words[at + 1] ?? ""))
      fail("usage: npm run test:fuzz -- [--seed N] [--count N] [--seconds N]");
    values[name] = words[at + 1];
  }
  say(`Seed ${values.seed}, up to ${values.count} inputs for each parser, ${values.seconds} seconds.`);
  for (const [name, value] of Object.entries(values)) process.env[`FLURRY_FUZZ_${name.toUpperCase()}`] = value;
}

/** npm packages, when they are missing or the lock file has changed since they were installed. */
function installPackages() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".flurry-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  say("Installing npm packages …");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  writeFileSync(stamp, lock);
}

/** The compiler itself knows what is up to date. */
function build() {
  run(bin("tsc"), ["-b"]);
  run(process.execPath, [join(root, "packages/cli/scripts/bundle.mjs"), "--if-stale"]);
}

/** What the task needs of the machine, from the distribution's packages. Where it is all there: nothing. */
async function installPrerequisites(task) {
  const { missingPrerequisites, testPrerequisites } = await import("../tools/lab/dist/index.js");
  const missing = await missingPrerequisites(process.env, task === "test" ? testPrerequisites : []);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(({ aptPackage }) => aptPackage))];
  const what = missing.map(({ program, aptPackage }) => `${program} (${aptPackage})`).join(", ");
  if (!existsSync("/usr/bin/apt-get"))
    fail(`Programs are missing here: ${what}. Install them (nix-shell -p …) and run this again.`);
  const asRoot = process.getuid() === 0 ? [] : ["sudo"];
  say(`Missing here: ${what}.`);
  say(`Installing with: ${[...asRoot, "apt-get install"].join(" ")} ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // Debian starts services that it installs; the lab's own sshd is the only one wanted.
  runQuietly([...asRoot, "apt-get", "update", "-qq"], env);
  runQuietly(
    [
      ...asRoot,
      "env",
      "DEBIAN_FRONTEND=noninteractive",
      "apt-get",
      "install",
      "-y",
      "-qq",
      "--no-install-recommends",
      ...packages,
    ],
    env,
  );
}

function run(file, words) {
  const { status, signal, error } = spawnSync(file, words, { cwd: root, stdio: "inherit" });
  if (error !== undefined) fail(`${file}: ${error.message}`);
  if (signal !== null) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status ?? 1);
}

function runQuietly([file, ...words], env) {
  const { status, stdout, stderr, error } = spawnSync(file, words, {
    cwd: root,
    env,
    encoding: "utf8",
    stdio: ["inherit", "pipe", "pipe"],
  });
  if (status === 0) return;
  fail(`${[file, ...words].join(" ")} failed: ${error?.message ?? ""}\n${stdout}${stderr}`);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
