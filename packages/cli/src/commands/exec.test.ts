import type { HostExecResult } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { flurry } from "../../tests/support/three-hosts.ts";

describe("flurry exec", () => {
  const results: readonly HostExecResult[] = [
    { host: "nas", exitCode: 0, stdout: "up\n", stderr: "", durationMs: 20 },
    { host: "gateway", exitCode: 3, stdout: "", stderr: "no\n", durationMs: 30 },
    {
      host: "compute",
      exitCode: null,
      stdout: "",
      stderr: "",
      error: { code: "FLURRY_SSH_UNREACHABLE", message: "no route" },
      durationMs: 40,
    },
  ];

  it("prints lines behind their hosts and a summary", async () => {
    const { code, out, err } = await flurry(["exec", "nas", "gateway", "--sudo", "--", "sh", "-c", "a b"], {
      services: {
        execOnHosts: async ({ command, privileged, onLine }) => {
          expect({ command, privileged }).toEqual({ command: ["sh", "-c", "a b"], privileged: true });
          onLine?.("nas", "stdout", "up");
          onLine?.("gateway", "stderr", "no\u001B[2J");
          return results;
        },
      },
    });
    expect(code).toBe(1);
    expect(out).toBe("nas     | up\n");
    expect(err).toMatchSnapshot();
  });

  it("prints one document as JSON", async () => {
    const { code, out, err } = await flurry(["exec", "nas", "--json", "--", "true"], {
      services: { execOnHosts: async () => results.slice(0, 1) },
    });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toEqual({ schemaVersion: 1, command: "exec", hosts: results.slice(0, 1) });
  });
});
