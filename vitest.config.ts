import { availableParallelism } from "node:os";

import { defineConfig } from "vitest/config";

// Workspace packages resolve to their sources under this condition, so unit tests need no build.
const conditions = ["@flurry/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Integration tests mostly wait for hosts and processes: three for each core keep a small machine busy.
    maxWorkers: Math.max(6, availableParallelism()),
    // A busy machine is slow: the first test of a file alone may load the whole command. A test that hangs is still found.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    restoreMocks: true,
    unstubEnvs: true,
    setupFiles: [new URL("vitest.setup.ts", import.meta.url).pathname],
    coverage: { provider: "v8", include: ["packages/*/src/**"], reporter: ["text-summary", "lcovonly"] },
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["{packages,tools}/*/src/**/*.test.ts"], isolate: false },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["{packages,tools}/*/tests/**/*.test.ts"],
          pool: "forks",
          globalSetup: [new URL("scripts/bundle-before-tests.mjs", import.meta.url).pathname],
        },
      },
    ],
  },
});
