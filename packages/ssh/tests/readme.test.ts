import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { expect, it, vi } from "vitest";

import { singleHost } from "./single-host.ts";
import { me } from "./test-sshd.ts";

it("shows an example that works", async () => {
  await using host = await singleHost();
  const config = await host.shop.file(
    "example_config",
    `Host nas\n HostName ${host.sshd.address}\n Port ${host.sshd.port}\n User ${me}\n IdentityFile ${host.userKey.file}\n UserKnownHostsFile ${host.knownHostsFile}\n`,
  );
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  // Beside the tests, so that the package finds itself.
  await using dir = await tempDir("example", new URL(".", import.meta.url).pathname);
  const file = join(dir.path, "example.ts");
  await writeFile(file, example.replace('"ssh_config"', JSON.stringify(config)));
  const log = vi.spyOn(console, "log").mockReturnValue();
  await import(/* @vite-ignore */ file);
  expect(log.mock.calls).toEqual([[0, `running on port ${host.sshd.port}`]]);
});
