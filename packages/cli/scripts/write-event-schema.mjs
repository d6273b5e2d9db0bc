// Writes events.schema.json, which a test compares with what the schema says: node scripts/write-event-schema.mjs
import { writeFileSync } from "node:fs";

import { eventsJsonSchema } from "@flurry/deploy";

const file = new URL("../events.schema.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(eventsJsonSchema(), undefined, 2)}\n`);
