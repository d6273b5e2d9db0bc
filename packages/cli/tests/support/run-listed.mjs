// Runs command lines one after the other: `node run-listed.mjs LIST`, a file of JSON with each one's name, words, directory,
// environment and input. What a tracer sees of each comes after its name is written to /dev/null. Ends by writing their exit
// codes to LIST.ended.
import { readFileSync, writeFileSync } from "node:fs";

import { main } from "../../dist/main.js";
import { processContext } from "../../dist/process-context.js";

const [list] = process.argv.slice(2);
const real = processContext();
const ended = {};
for (const { name, words, cwd, env, stdin } of JSON.parse(readFileSync(list, "utf8"))) {
  writeFileSync("/dev/null", `=== ${name} ===`);
  const input = { readStdin: async () => stdin, readStdinBytes: async () => Buffer.from(stdin), stdinIsTTY: false };
  ended[name] = await main(words, { ...real, ...input, cwd, env });
}
writeFileSync("/dev/null", "=== end ===");
writeFileSync(`${list}.ended`, JSON.stringify(ended));
