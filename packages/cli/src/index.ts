export type { CliContext, PlatformSignal, TextOutput } from "./context.ts";
export { main } from "./main.ts";
export { processContext } from "./process-context.ts";
export type { LinkOptions, Services } from "./services.ts";
