import { expect, it } from "vitest";

import { namesInFleetYaml } from "./names-in-yaml.ts";

it.each<[text: string, hosts: readonly string[], tags: readonly string[]]>([
  [
    "defaults: { tags: [all] }\nhosts: { nas: { tags: [storage, 7, all] }, web: }\n",
    ["nas", "web"],
    ["all", "storage"],
  ],
  ["hosts: { nas: { adress: x, tags: no }, $(x): {}, web: 7 }\nrolout: 1\n", ["nas", "web"], []],
  ["hosts: [nas]\n", [], []],
  ["hosts: {\n", [], []],
  ["", [], []],
])("finds the names in %j", (text, hosts, tags) => expect(namesInFleetYaml(text)).toEqual({ hosts, tags }));
