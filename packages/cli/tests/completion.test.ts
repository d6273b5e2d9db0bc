import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runProcess, tempDir } from "@flurry/core";
import { expect, it } from "vitest";

import { flurryBin } from "./support/fleet.ts";

// What bash itself does when someone presses Tab: it sets the line, calls the function and takes COMPREPLY.
const script = `
source <(flurry completion bash)
for line in 'flurry deploy @e' 'flurry deploy n' 'flurry host r'; do
  COMP_LINE=$line COMP_POINT=\${#line}
  _flurry
  printf '%s|' "\${COMPREPLY[@]}"
done
complete -p flurry
`;

it("bash completes commands, hosts and tags", async () => {
  await using dir = await tempDir("flurry-completion");
  await mkdir(join(dir.path, "bin"));
  await symlink(flurryBin, join(dir.path, "bin/flurry"));
  await writeFile(join(dir.path, "fleet.yaml"), "hosts: { nas: {}, web: { tags: [edge] } }\n");
  const env = { ...process.env, PATH: `${join(dir.path, "bin")}:${process.env["PATH"]}` };
  const options = { cwd: dir.path, env, timeoutMs: 60_000 };
  const { stdout, stderr } = await runProcess("bash", ["--norc", "-c", script], options);
  // Bash keeps the @ that it takes for the end of a word.
  expect({ stdout, stderr }).toEqual({ stdout: "edge|nas|rm|complete -o default -F _flurry flurry\n", stderr: "" });
});
