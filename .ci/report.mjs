// Reads reports of vitest: node .ci/report.mjs failed REPORT | count SUITE...
//
// failed  the test files that did not pass, a line each; nothing when there are too many for an accident, or one of them is of
//         unit tests, which depend on nothing but themselves
// count   "N passed, N failed" of all suites. A suite is a report, or several with commas between them, of which a later one
//         tells what came of the files that were run again. A run that left no report has failed.
import { existsSync, readFileSync } from "node:fs";

/** As many files as may fail because the machine was busy. */
const accidents = 3;

const [command, ...words] = process.argv.slice(2);
if (command === "failed") printFailed(read(words[0]));
else printCount(words.map((word) => suiteOf(word.split(",").map(read))));

function read(file) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return text === "" ? undefined : JSON.parse(text);
}

function printFailed(report) {
  const failed = report?.testResults.filter(({ status }) => status !== "passed").map(({ name }) => name) ?? [];
  const accident = failed.length <= accidents && failed.every((name) => name.includes("/tests/"));
  if (accident) process.stdout.write(failed.map((name) => `${name}\n`).join(""));
}

/** The last result of each file, and whether something failed that belongs to none. */
function suiteOf(reports) {
  const results = new Map();
  let failed = false;
  for (const report of reports) {
    const bad = report?.testResults.some(({ status }) => status !== "passed") ?? false;
    failed ||= report === undefined || report.testResults.length === 0 || (!report.success && !bad);
    for (const result of report?.testResults ?? []) results.set(result.name, result);
  }
  return { results: [...results.values()], failed };
}

function printCount(suites) {
  let passed = 0;
  let failed = 0;
  for (const suite of suites) {
    if (suite.failed) failed += 1;
    for (const { status, assertionResults } of suite.results) {
      const states = assertionResults.map((test) => test.status);
      const bad = states.filter((state) => state === "failed").length;
      passed += states.filter((state) => state === "passed").length;
      // A file that could not be loaded has no tests.
      failed += bad === 0 && status !== "passed" ? 1 : bad;
    }
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
