import { describe, expect, it } from "vitest";

import { aptLine } from "./prerequisites.ts";

describe("aptLine", () => {
  it("names each package once, in order", () => {
    const line = aptLine([
      { program: "nsenter", aptPackage: "util-linux" },
      { program: "nft", aptPackage: "nftables" },
      { program: "unshare", aptPackage: "util-linux" },
    ]);
    expect(line).toBe("apt-get install --yes --no-install-recommends nftables util-linux");
  });
});
