import { writeFileSync } from "node:fs";

import { fleetJsonSchema } from "../dist/index.js";

// Editors read the schema from the installed package; a test compares the file with what the source says.
writeFileSync(new URL("../fleet.schema.json", import.meta.url), `${JSON.stringify(fleetJsonSchema(), undefined, 2)}\n`);
