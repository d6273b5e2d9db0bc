import { FlurryError } from "@flurry/core";

import { treesOf } from "./document.ts";
import type { UnlockedSops } from "./document.ts";
import { scalarBytes } from "./scalar-bytes.ts";
import { entriesOf } from "./tree.ts";
import type { Scalar } from "./tree.ts";

/**
 * The values at the top level of a file as environment variables, as `sops exec-env` has them.
 *
 * @throws FlurryError FLURRY_SOPS_VALUE_UNSUPPORTED for a map or list, and for what no variable can be called or hold
 */
export function environmentOf(unlocked: UnlockedSops): Record<string, string> {
  const { file, format } = unlocked.file;
  const place = file === undefined ? {} : { place: { file } };
  const [root] = treesOf(unlocked);
  // The sections of INI are maps, and a binary file is one value without a name.
  if (root === undefined || format === "binary")
    throw new FlurryError(
      "FLURRY_SOPS_VALUE_UNSUPPORTED",
      "A binary file has no values that could be variables",
      place,
    );
  const variables: [string, string][] = entriesOf(root).map(({ key, value }) => {
    const refuse = (why: string): FlurryError =>
      new FlurryError("FLURRY_SOPS_VALUE_UNSUPPORTED", `${JSON.stringify(key)} cannot be a variable: ${why}`, {
        ...place,
        hint: "Keep the variables of a program in a file of their own, at its top level.",
      });
    if (value.kind !== "leaf") throw refuse(`it is a ${value.kind}`);
    if (key === "" || /[=\0]/.test(key)) throw refuse("its name is empty or has a = in it");
    const text = textOf(value.value);
    if (text.includes("\0")) throw refuse("it has a NUL byte in it");
    return [key, text];
  });
  return Object.fromEntries(variables);
}

function textOf(scalar: Scalar): string {
  switch (scalar.kind) {
    case "null":
      return "";
    case "bool":
      return String(scalar.value);
    default:
      return Buffer.from(scalarBytes(scalar)).toString("utf8");
  }
}
