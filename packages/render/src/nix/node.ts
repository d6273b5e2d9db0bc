import { nixNode } from "./syntax.ts";

/** Marks a node as one of ours. */
export function node<const Fields extends { readonly kind: string }>(
  fields: Fields,
): Fields & { readonly [nixNode]: true } {
  return { ...fields, [nixNode]: true };
}
