import { describe, expect, it } from "vitest";

import { readmeExample } from "./readme-example.ts";

describe("readmeExample", () => {
  it("takes the first block of TypeScript", () => {
    const text = ["# A", "```sh", "npm i", "```", "", "```ts", "one();", "```", "```ts", "two();", "```"].join("\n");
    expect(readmeExample(text)).toEqual({ code: "one();\n", setup: undefined, line: 7 });
  });

  it("reads the setup from the comment above the block", () => {
    const text = ["<!-- example: sshd -->", "", "```ts", "one();", "```"].join("\n");
    expect(readmeExample(text)?.setup).toBe("sshd");
  });

  it("takes no comment that has text between it and the block", () => {
    const text = ["<!-- example: sshd -->", "Then:", "```ts", "one();", "```"].join("\n");
    expect(readmeExample(text)?.setup).toBeUndefined();
  });

  it.each(["", "# no example", "```ts\nnever closed"])("finds nothing in %j", (text) => {
    expect(readmeExample(text)).toBeUndefined();
  });
});
