import { fileURLToPath } from "node:url";

/** The repository's `fixtures`, seen from the sources and from the built package alike. */
const fixtures = new URL("../../../../fixtures/", import.meta.url);

/** The absolute path of something in the repository's `fixtures`, such as `inputs/sops-nix`. */
export function fixtureDirectory(path: string): string {
  return fileURLToPath(new URL(path, fixtures));
}
