// Packs every published package and looks at the tarballs with publint and attw: npm run check:packages (after a build).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { lintTarball, packAll, publishedPackages } from "../tools/packaging/dist/index.js";

const directory = mkdtempSync(join(tmpdir(), "flurry-pack-"));
try {
  for (const { package: published, tarball, files } of await packAll(await publishedPackages(), directory)) {
    const findings = await lintTarball(tarball);
    const mark = findings.length === 0 ? "ok  " : "FAIL";
    process.stdout.write([`${mark} ${published.name} (${files.length} files)`, ...findings, ""].join("\n"));
    if (findings.length > 0) process.exitCode = 1;
  }
} finally {
  rmSync(directory, { recursive: true });
}
