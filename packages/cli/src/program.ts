// What bin/flurry.js runs: from dist/bundle, or from this file where that is older than the sources.
export { main } from "./main.ts";
export { processContext } from "./process-context.ts";
