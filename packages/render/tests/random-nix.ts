import fc from "fast-check";

import {
  apply,
  assertThat,
  attrSet,
  bind,
  comment,
  commented,
  formals,
  hasAttr,
  ifElse,
  indentedString,
  inherit,
  lambda,
  letIn,
  list,
  negate,
  not,
  operator,
  select,
  string,
  toNix,
  variable,
  withScope,
} from "../src/index.ts";
import type { NixExpression } from "../src/index.ts";

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const troublesome = "$ { } ' \" \\ \n \r \t ` # ; = . / @ : a x 0"
  .split(" ")
  .concat(" ", "''", "${", "''$", "\u2028", "é", "🦀");
const words = [
  "let",
  "in",
  "if",
  "or",
  "rec",
  "with",
  "inherit",
  "null",
  "true",
  "import",
  "a.b",
  "a b",
  "1",
  "-",
  "foo'",
  "a-b",
  "_",
  "",
];

/** Texts with what matters to Nix' lexer, and any others. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...troublesome), { maxLength: 12 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 10 }).map((value) => value.replaceAll("\0", "")),
  fc
    .array(fc.constantFrom("  ", "foo", "", "bar: 1", "}", "$", "'"), { maxLength: 6 })
    .map((lines) => lines.join("\n")),
  fc.constantFrom(...words),
);

/** Names of attributes. A set with an outPath or a __toString is shown as a text by Nix. */
export const name: fc.Arbitrary<string> = fc
  .oneof(fc.stringMatching(/^[a-z_][a-z0-9_'-]{0,6}$/), fc.constantFrom(...words), text)
  .filter((value) => !["outPath", "__toString", "__proto__"].includes(value));

const integer = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.integer({ min: -20, max: 20 }));

/** Any data without fractions, which nix-instantiate prints with six digits. */
export const data: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    integer,
    text,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(name, tie("value"), { maxKeys: 5 }),
  ),
})).value;

/** Code and the value that it has. */
export interface Pair {
  readonly code: NixExpression;
  readonly value: Json;
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Trees whose value is known: data, wrapped into each construct of the language again and again. */
export const pair: fc.Arbitrary<Pair> = fc.letrec<{ pair: Pair }>((tie) => ({
  pair: fc.oneof(
    { depthSize: "medium", maxDepth: 8 },
    data.map((value) => ({ code: toNix(value), value })),
    fc.oneof(
      fc
        .tuple(tie("pair"), tie("pair"), name, fc.nat({ max: 17 }))
        .map(([inner, other, key, way]) => wrap(inner, other, key, way)),
      fc
        .array(tie("pair"), { maxLength: 4 })
        .map((pairs) => ({ code: list(pairs.map(({ code }) => code)), value: pairs.map(({ value }) => value) })),
      fc.dictionary(name, tie("pair"), { maxKeys: 4 }).map((pairs) => ({
        code: attrSet(Object.entries(pairs).map(([key, { code }]) => bind(key, code))),
        value: Object.fromEntries(Object.entries(pairs).map(([key, { value }]) => [key, value])),
      })),
    ),
  ),
})).pair;

// oxlint-disable-next-line complexity -- one case a construct
function wrap({ code, value }: Pair, other: Pair, key: string, way: number): Pair {
  const x = variable("x");
  switch (way) {
    case 0:
      return { code: letIn([bind("x", code), bind("y", other.code)], x), value };
    case 1:
      return { code: ifElse(operator("==", 1, 1), code, other.code), value };
    case 2:
      return { code: ifElse(not(true), other.code, code), value };
    case 3:
      return { code: apply(lambda("x", x), code), value };
    case 4:
      return {
        code: apply(
          lambda(
            formals(["x", { name: "y", fallback: other.code }], { ellipsis: true, alias: "all" }),
            select(variable("all"), "x"),
          ),
          attrSet([bind("x", code), bind(["z", key], other.code)]),
        ),
        value,
      };
    case 5:
      return { code: select(attrSet([bind([key, "deep"], code)]), [key, "deep"]), value };
    case 6:
      return { code: select(attrSet({ other: other.code }), ["missing", key], { fallback: code }), value };
    case 7:
      return { code: withScope(attrSet({ scoped: code }), variable("scoped")), value };
    case 8:
      return { code: assertThat(operator("->", hasAttr(attrSet({ [key]: 1 }), key), true), code), value };
    case 9:
      return { code: commented(`why ${key}`, code), value };
    case 10:
      return {
        code: select(
          attrSet(
            [
              bind("x", code, { comment: "a comment\nof two lines" }),
              comment("more"),
              inherit(["y"], { from: { y: other.code } }),
            ],
            { recursive: true },
          ),
          ["x"],
        ),
        value,
      };
    case 11:
      return {
        code: letIn([bind("from", attrSet([bind(key, code)]))], select(variable("from"), [string(key)])),
        value,
      };
    case 12:
      if (Array.isArray(value) && Array.isArray(other.value))
        return {
          code: operator("++", operator("++", code, []), operator("++", other.code, [1])),
          value: [...value, ...other.value, 1],
        };
      return { code: operator("||", not(operator("!=", code, code)), false), value: true };
    case 13:
      if (isObject(value) && isObject(other.value))
        return {
          code: operator("//", code, operator("//", other.code, { q: 1 })),
          value: { ...value, ...other.value, q: 1 },
        };
      return { code: operator("&&", operator("<", 1, negate(-2)), hasAttr(attrSet({ a: code }), ["a"])), value: true };
    case 14:
      if (typeof value === "string" && typeof other.value === "string")
        return { code: string(value, other.code, "$", code, key), value: `${value}${other.value}$${value}${key}` };
      return {
        code: operator("-", negate(operator("*", operator("+", 2, 3), 4)), operator("-", 1, operator("/", 7, 2))),
        value: -18,
      };
    case 15:
      if (typeof value === "string")
        return {
          code: indentedString("first\n", code, "\n  ", key, "\n", code),
          value: `first\n${value}\n  ${key}\n${value}`,
        };
      return {
        code: apply(select(attrSet([bind("f", lambda("a", lambda("b", variable("b"))))]), "f"), other.code, code),
        value,
      };
    case 16:
      if (typeof value === "string" && typeof other.value === "string")
        return {
          code: operator("+", operator("+", code, other.code), operator("+", string(key), code)),
          value: value + other.value + key + value,
        };
      return { code: letIn({ f: lambda("_", code) }, apply(variable("f"), other.code)), value };
    default:
      return { code: ifElse(false, other.code, ifElse(operator("<=", 3, 2), other.code, code)), value };
  }
}
