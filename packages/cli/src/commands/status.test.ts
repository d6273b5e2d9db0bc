import { describe, expect, it } from "vitest";

import { flurry, statuses } from "../../tests/support/three-hosts.ts";
import type { Services } from "../services.ts";

describe("flurry status", () => {
  it("tells drift apart", async () => {
    const { code, out } = await flurry(["status"], { services: { fleetStatus: async () => statuses } });
    expect(code).toBe(6);
    expect(out).toMatchSnapshot();
  });

  it("only asks with --no-eval", async () => {
    const services: Partial<Services> = {
      fleetStatus: async () => statuses.slice(0, 1),
      lockFlake: async () => {
        throw new Error("must not be called");
      },
    };
    const { code, out } = await flurry(["status", "--no-eval", "--json"], { services });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ command: "status", hosts: [{ host: "nas", state: "unknown" }] });
  });

  it("shows hosts although others do not evaluate", async () => {
    const trouble = { evaluation: ["nas"] };
    const services = { fleetStatus: async () => statuses.slice(0, 2) };
    const { code, out, err } = await flurry(["status", "-q"], { services, trouble });
    expect(code).toBe(4);
    expect(out).toContain("≠ drift");
    expect(err).toContain("error[FLURRY_EVAL_FAILED]");
  });
});
