import { describe, expect, it } from "vitest";

import { answered } from "./answers.ts";

describe("answers of OpenSSH's programs", () => {
  it("are kept by question", async () => {
    const answers = new Map<string, string>();
    let asked = 0;
    const ask = async (): Promise<string> => `answer ${++asked}`;
    expect(await answered(answers, ["-G", "nas"], ask)).toBe("answer 1");
    expect(await answered(answers, ["-G", "nas"], ask)).toBe("answer 1");
    expect(await answered(answers, ["-G", "gateway"], ask)).toBe("answer 2");
    expect(await answered(undefined, ["-G", "nas"], ask)).toBe("answer 3");
  });

  it("are not kept when there was none", async () => {
    const answers = new Map<string, string>();
    await expect(answered(answers, ["-G"], () => Promise.reject(new Error("no ssh")))).rejects.toThrow("no ssh");
    expect(await answered(answers, ["-G"], async () => "now")).toBe("now");
  });
});
