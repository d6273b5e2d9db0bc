import { describe, expect, it } from "vitest";

import { systemOf } from "../../tests/support/fake-services.ts";
import { flurry } from "../../tests/support/three-hosts.ts";
import type { Services } from "../services.ts";

describe("flurry eval", () => {
  it("prints a table in fleet order", async () => {
    const { code, out } = await flurry(["eval"]);
    expect(code).toBe(0);
    expect(out.split("\n").map((line) => line.split(" ")[0])).toEqual(["host", "nas", "compute", "gateway", ""]);
  });

  it("prints JSON, the failures among it", async () => {
    const { code, out, err } = await flurry(["eval", "nas", "gateway", "--json"], {
      trouble: { evaluation: ["gateway"] },
    });
    expect(code).toBe(4);
    expect(err).toBe("");
    expect(JSON.parse(out)).toMatchObject({
      schemaVersion: 1,
      command: "eval",
      hosts: [
        { host: "nas", status: "ok", outPath: systemOf("nas"), system: "x86_64-linux" },
        { host: "gateway", status: "failed", error: { code: "FLURRY_EVAL_FAILED" } },
      ],
    });
  });

  it.each([["lines"], ["terminal"]])("tells a failure once with %s", async (format) => {
    const words = ["eval", "--log-format", format];
    const { err } = await flurry(words, { trouble: { evaluation: ["gateway"] } });
    expect(err.split("error[FLURRY_EVAL_FAILED]")).toHaveLength(2);
  });
});

describe("flurry build", () => {
  it("prints the paths alone, in fleet order, and links them", async () => {
    const links: string[] = [];
    const services: Partial<Services> = { linkOutput: async (link) => void links.push(link) };
    const { code, out } = await flurry(["build", "gateway", "nas", "--out-link"], { services });
    expect({ code, out }).toEqual({ code: 0, out: `${systemOf("nas")}\n${systemOf("gateway")}\n` });
    expect(links.map((link) => link.split("/").at(-1))).toEqual(["result-nas", "result-gateway"]);
  });

  it("prints what could be built", async () => {
    const trouble = { evaluation: ["gateway"], build: ["nas"] };
    const { code, out, err } = await flurry(["build"], { trouble });
    expect({ code, out }).toEqual({ code: 4, out: `${systemOf("compute")}\n` });
    expect(err).toContain("nas     | error[FLURRY_BUILD_FAILED]");
    expect(err).toContain("gateway | error[FLURRY_EVAL_FAILED]");
  });
});
