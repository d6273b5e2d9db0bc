/**
 * The inits that tests of the lab's hosts run with. All of them take longer than someone who develops should wait: only
 * FLURRY_TEST_INITS=all, as CI has it, runs everything with a host that has no systemd too.
 */
export const testedInits: readonly ("systemd" | "mini")[] =
  process.env["FLURRY_TEST_INITS"] === "all" ? ["systemd", "mini"] : ["systemd"];
