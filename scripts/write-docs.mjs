// Writes the documents that are made from sources: npm run docs (after a build). A test compares them.
import { writeFileSync } from "node:fs";

import { errorReference, fleetFileReference } from "../tools/packaging/dist/index.js";

writeFileSync(new URL("../docs/errors.md", import.meta.url), errorReference());
writeFileSync(new URL("../docs/fleet-file.md", import.meta.url), fleetFileReference());
