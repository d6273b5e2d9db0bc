import { toPlain } from "../sops/plain-value.ts";
import type { TreeNode } from "../sops/tree.ts";
import type { TreeConflict } from "./merge-trees.ts";

/** Begins and ends what a conflict puts in the place of a value, as git's own marks do. */
const marks = { ours: "<<<<<<< ours", base: "||||||| base", middle: "=======", theirs: ">>>>>>> theirs" };

/** A text that shows what each side made of a value. It takes the value's place and is encrypted like it. */
export function conflictText({ base, ours, theirs }: TreeConflict): string {
  return [marks.ours, shown(ours), marks.base, shown(base), marks.middle, shown(theirs), marks.theirs, ""].join("\n");
}

/** True for a text that {@link conflictText} made and nobody has resolved. */
export function isConflictText(text: string): boolean {
  return (
    text.startsWith(`${marks.ours}\n`) && text.includes(`\n${marks.middle}\n`) && text.includes(`\n${marks.theirs}`)
  );
}

function shown(node: TreeNode | undefined): string {
  if (node === undefined) return "(nothing)";
  const plain = toPlain(node);
  return typeof plain === "string" ? plain : JSON.stringify(plain, jsonable, 2);
}

function jsonable(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
