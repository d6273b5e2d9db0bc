import fc from "fast-check";

// One seed for the whole run, printed by fast-check in every counterexample; FAST_CHECK_SEED repeats a run.
const seed = process.env["FAST_CHECK_SEED"];
fc.configureGlobal({
  numRuns: process.env["CI"] === undefined ? 50 : 200,
  ...(seed === undefined ? {} : { seed: Number(seed) }),
});
