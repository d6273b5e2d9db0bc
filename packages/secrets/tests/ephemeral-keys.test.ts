import { runProcess } from "@flurry/core";
import { expect, it } from "vitest";

// Node 20 can block for ever where memory is collected while a key that was just made is exported; a collection of
// everything each time makes that likely within some thousand keys.
it("keys are made whatever memory is collected meanwhile", async () => {
  const module = new URL("../dist/age/ephemeral-x25519.js", import.meta.url).href;
  const script = `import { ephemeralX25519 } from ${JSON.stringify(module)};
    const shares = new Set();
    for (let index = 0; index < 40000; index++) shares.add(ephemeralX25519().share.toString("base64"));
    console.log(shares.size);`;
  const words = ["--gc-global", "--max-semi-space-size=1", "--input-type=module", "--eval", script];
  const { exitCode, stdout } = await runProcess(process.execPath, words, { timeoutMs: 100_000 });
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "40000\n" });
});
