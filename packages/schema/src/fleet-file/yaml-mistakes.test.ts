import { describe, expect, it } from "vitest";

import { mistakes } from "../../tests/support/mistakes.ts";
import type { Mistake } from "../../tests/support/mistakes.ts";

describe("a fleet.yaml that is no YAML, or not that of a fleet", () => {
  it.each<Mistake>([
    [
      "a tab as indentation",
      "hosts:\n\tnas: {}\n",
      "fleet.yaml:2:1: tabs are not allowed as indentation (indent with spaces)",
    ],
    [
      "a key twice",
      "hosts:\n  nas: {}\n  compute: {}\n  nas: {}\n",
      "fleet.yaml:4:3 hosts.nas: the same key twice (the first one is in line 2)",
    ],
    [
      "a bracket that is not closed",
      "hosts:\n  nas: { tags: [a, b }\n",
      "fleet.yaml:2:8: the { that opens here is not closed (write the } that ends it; lines within are indented deeper than the key before it)",
      "fleet.yaml:2:16: the [ that opens here is not closed (write the ] that ends it; lines within are indented deeper than the key before it)",
    ],
    [
      "a brace that is not closed",
      "hosts: { nas: { address: nas.lan }\n",
      "fleet.yaml:1:8: the { that opens here is not closed (write the } that ends it; lines within are indented deeper than the key before it)",
    ],
    [
      "lines in a brace that are not indented",
      "hosts:\n  nas: {\n  address: nas.lan\n  }\n",
      "fleet.yaml:2:8: the { that opens here is not closed (write the } that ends it; lines within are indented deeper than the key before it)",
    ],
    [
      "quotes that are not closed",
      'description: "Homelab\nhosts: {}\n',
      `fleet.yaml:3:1: the closing " is missing (close the quotes, bracket or brace)`,
    ],
    [
      "a tag without quotes",
      "hosts: { nas: {} }\nrollout:\n  waves:\n    - @storage\n",
      `fleet.yaml:4:7: plain value cannot start with reserved character @ (put the value in quotes: "@storage")`,
    ],
    [
      "a colon in a plain value",
      "description: Homelab: mine\nhosts: {}\n",
      `fleet.yaml:1:14: nested mappings are not allowed in compact mappings (put a value with ": " in it in quotes, and check the indentation)`,
    ],
    [
      "a wrong indentation",
      "hosts:\n  nas: {}\n compute: {}\n",
      "fleet.yaml:3:1: all mapping items must start at the same column (check the indentation, and that every [ and { is closed)",
    ],
    [
      "an alias of nothing",
      "hosts:\n  nas: *common\n",
      `fleet.yaml:2:8: there is no anchor &common above this alias (mark the value with &common, or put the text in quotes: "*common")`,
    ],
    [
      "an unknown YAML tag",
      "description: !secret x\nhosts: {}\n",
      "fleet.yaml:1:14: unresolved tag: !secret (remove the tag that begins with !, or put the value in quotes)",
    ],
    [
      "two documents",
      "hosts: {}\n---\nhosts: {}\n",
      "fleet.yaml:2:1: the file holds more than one document (keep one document and remove the line ---)",
    ],
    ["an empty file", "", "fleet.yaml:1:1: the file is empty (begin with hosts: and list the machines below it)"],
    [
      "a file of comments",
      "# nothing yet\n",
      "fleet.yaml:1:1: the file is empty (begin with hosts: and list the machines below it)",
    ],
    [
      "a list",
      "- nas\n- compute\n",
      "fleet.yaml:1:1: expected a mapping with hosts (begin with hosts: and list the machines below it)",
    ],
    [
      "a text",
      "nas\n",
      "fleet.yaml:1:1: expected a mapping with hosts (begin with hosts: and list the machines below it)",
    ],
    [
      "a key that is a list",
      "hosts:\n  [nas]: {}\n",
      "fleet.yaml:2:3: a key is no text (write a plain name before the colon)",
    ],
    ["the name of a prototype", "hosts:\n  __proto__: {}\n", "fleet.yaml:2:3: __proto__ cannot be a key"],
    [
      "a mistake behind an alias",
      "x: &body\n  adress: a\nhosts:\n  nas: *body\n",
      "fleet.yaml:1:1 x: unknown key (expected description, nixpkgs, inputs, configurations, defaults, hosts, secrets, rollout or metrics)",
      `fleet.yaml:2:3 hosts.nas.adress: unknown key (did you mean "address"?)`,
    ],
    [
      "a mistake behind a merge key",
      "hosts:\n  nas: &body\n    tags: storage\n  compute:\n    <<: *body\n",
      "fleet.yaml:3:11 hosts.nas.tags: expected a list, got a text (put it in brackets: [...])",
      "fleet.yaml:3:11 hosts.compute.tags: expected a list, got a text (put it in brackets: [...])",
    ],
  ])("%s", (_, yaml, ...issues) => expect(mistakes(yaml)).toEqual(issues));

  it("ends when aliases multiply", () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(",")}]`,
    );
    expect(mistakes(["a0: &a0 [x]", ...levels].join("\n"))).toEqual([
      "fleet.yaml:1:1: the aliases of the file make more than 100 copies of a value (use defaults instead of aliases)",
    ]);
  });

  it.each([
    ["lists", `hosts: ${"[".repeat(100_000)}`],
    ["mappings", `hosts: ${"{a: ".repeat(100_000)}`],
    ["lines", Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
  ])("ends when %s are nested very deeply", (_, yaml) => {
    expect(mistakes(yaml)).toEqual([expect.stringMatching(/^fleet\.yaml:\d+:\d+: the file is nested too deeply$/)]);
  });
});
