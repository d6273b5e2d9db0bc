import { fileURLToPath } from "node:url";

/** The absolute path of the repository; the same from `src` and from `dist`. */
export const repositoryRoot: string = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
