import { fileURLToPath } from "node:url";

/** The directory of the shell files that run as the first processes of the lab and of its hosts. */
export const assetDirectory: string = fileURLToPath(new URL("../host", import.meta.url));
