import { Lab } from "@flurry/lab";
import { describe, expect, it } from "vitest";

// Both also work for root, who would otherwise get the mapping "identity".
describe.each(["single", "none"] as const)("a lab with the id mapping %s", (kind) => {
  it.runIf(process.getuid?.() === 0 || kind === "single")("has hosts that ssh and Nix reach", async () => {
    await using lab = await Lab.up({ hosts: ["nas", "compute"], init: "mini", mapping: { kind } });
    expect(lab.mapping).toBe(kind);
    const ssh = async (target: string, command: string) =>
      await lab.exec(["ssh", "-F", lab.sshConfigFile, target, command], { timeoutMs: 60_000 });
    expect(await ssh("nas", "id -u; hostname")).toMatchObject({ exitCode: 0, stdout: "0\nnas\n" });
    expect((await ssh("deploy@nas", "id -u")).exitCode).toBe(kind === "single" ? 255 : 0);
    const expression = `derivation { name = "payload"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo payload > $out" ]; }`;
    const path = (await lab.exec(["nix-build", "--no-out-link", "--expr", expression])).stdout.trim();
    const copied = await lab.exec(["nix", "copy", "--to", "ssh-ng://root@nas", path], {
      env: { NIX_SSHOPTS: `-F ${lab.sshConfigFile}` },
    });
    expect(copied).toMatchObject({ exitCode: 0 });
    expect(await lab.host("nas").output(["cat", path])).toBe("payload");
    await lab.host("nas").link("down");
    expect((await ssh("nas", "true")).exitCode).toBe(255);
    await lab.host("nas").link("up");
    await lab.host("nas").freeze();
    await lab.host("nas").thaw();
    await lab.host("nas").reset();
    expect(await ssh("nas", "true")).toMatchObject({ exitCode: 0 });
  });
});
