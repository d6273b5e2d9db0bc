/** A choice of hosts, as a syntax tree. */
export type Selector =
  /** Hosts by name; `*`, `?` and `[ab]` in the pattern are wildcards unless it is `quoted`. */
  | { readonly kind: "host"; readonly pattern: string; readonly quoted?: true }
  /** Hosts that have a tag; wildcards as for names. */
  | { readonly kind: "tag"; readonly pattern: string }
  | { readonly kind: "not"; readonly operand: Selector }
  /** Hosts that all operands choose; at least two operands. */
  | { readonly kind: "and"; readonly operands: readonly Selector[] }
  /** Hosts that at least one operand chooses; at least two operands. */
  | { readonly kind: "or"; readonly operands: readonly Selector[] };
