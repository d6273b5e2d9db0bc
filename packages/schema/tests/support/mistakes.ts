import { parseFleetYaml } from "../../src/fleet-file/read-yaml.ts";
import { renderIssue } from "../../src/render-issue.ts";

/** A name, the text of a fleet.yaml, and each mistake in it as people read it. */
export type Mistake = readonly [name: string, yaml: string, ...issues: readonly string[]];

/** What is wrong with a fleet.yaml, as people read it. */
export function mistakes(yaml: string): readonly string[] {
  const read = parseFleetYaml(yaml, { file: "fleet.yaml" });
  return read.ok ? ["no mistake"] : read.issues.map(renderIssue);
}
