import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetFile, fleetLab } from "./support/fleet.ts";

// Whatever of these gets to run leaves a file, on the host or in the deployer's place.
const hostile = [
  "-oProxyCommand=touch /tmp/pwned",
  "--help",
  "--",
  "",
  "$(touch /tmp/pwned)",
  "`touch /tmp/pwned`",
  "'; touch /tmp/pwned; '",
  String.raw`\'; touch /tmp/pwned; '`,
  '"; touch /tmp/pwned; "',
  "a; touch /tmp/pwned #",
  "a\ntouch /tmp/pwned\n",
  "a && touch /tmp/pwned",
  "${HOME} $HOME $$ %n %i %%",
  "> /tmp/pwned",
  "A=B",
  "* ? [a-z] {a,b} ~root",
  "@flurry verdict=committed",
  "日本 \u202e \u001b[2J",
  "x".repeat(20_000),
];

describe("hostile values on the way to a host", () => {
  let fleet: FleetLab;
  let host: LabHost;
  beforeAll(async () => {
    fleet = await fleetLab({ hosts: [{ name: "compute", init: "systemd" }], fleetFile: fleetFile({ compute: "" }) });
    host = fleet.host("compute");
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  async function expectNothingRan(): Promise<void> {
    expect(await host.output("ls /tmp /root /home/deploy /")).not.toContain("pwned");
    expect((await fleet.exec(["ls", "/tmp", fleet.directory])).stdout).not.toContain("pwned");
  }

  it.each(["root", "deploy"])("words of exec arrive as they are, as user %s", async (sshUser) => {
    await fleet.writeFleetFile(fleetFile({ compute: `deploy: { sshUser: ${sshUser} }` }));
    const script = 'for word; do printf "<%s>" "$word"; done; id -un';
    const words = ["sh", "-c", script, "sh", ...hostile];
    const privileged = await fleet.flurry(["exec", "compute", "--sudo", "--json", "--", ...words]);
    const plain = await fleet.flurry(["exec", "compute", "--json", "--", ...words]);
    const outputs = [privileged, plain].map(({ stdout }) => stdout);
    for (const text of hostile)
      for (const output of outputs) expect(output).toContain(JSON.stringify(`<${text}>`).slice(1, -1));
    await expectNothingRan();
  });

  it("neither a selector nor the value of an option runs anything", async () => {
    for (const text of hostile.filter((each) => each.length < 1000)) {
      for (const words of [
        ["status", "--no-eval", "--", text],
        ["eval", "compute", "--no-eval-cache", "--option", "substituters", text],
      ]) {
        const { exitCode, stderr } = await fleet.flurry(words);
        expect({ exitCode, stderr }).not.toMatchObject({ exitCode: null });
        expect(stderr).not.toContain("FLURRY_INTERNAL");
      }
    }
    await expectNothingRan();
  });

  it("health checks reach the host as one word each, and what failed is told as it was written", async () => {
    const before = await host.currentSystem();
    const command = `false '$(touch /tmp/pwned1)' $HOME "\\$\\$" \\"; # %n`;
    const checks = [
      { command, timeout: "5s" },
      { http: "http://10.0.20.11:1/$(touch${IFS}/tmp/pwned);`id`|{a,b}?x='\\\"", from: "host", timeout: "1s" },
      { unit: "a\\x2dtouch", timeout: "1s" },
    ];
    await fleet.edit("compute", '{ environment.etc.motd.text = "second"; }');
    for (const check of checks) {
      await fleet.writeFleetFile(fleetFile({ compute: `health: ${JSON.stringify([check])}` }));
      const { verdict } = await deployJson(fleet);
      expect(verdict("compute")).toMatchObject({
        status: "reverted",
        after: before,
        error: { code: "FLURRY_HEALTH_FAILED" },
      });
    }
    const reasons = await host.output("cat /var/lib/flurry/runs/*/reason");
    expect(reasons).toContain(`gave-up \`${command}\` ended with exit code 1`);
    await expectConfirmed(fleet, host, before);
    await expectNothingRan();
  });

  it("fields of a run's record hold whatever is given, one line of it", async () => {
    const files = "/var/lib/flurry/runs";
    for (const [index, text] of hostile.entries()) {
      if (text.length > 1000) continue;
      const verb = `hostile-${index}`;
      const prepare = `mkdir -p ${files}/${verb} && cp "$(ls -d ${files}/2*/supervisor.sh | tail -n 1)" ${files}/${verb}/supervisor.sh`;
      await host.output(prepare);
      const script = `${files}/${verb}/supervisor.sh`;
      const given = [`owner=${text}`, `expect=`, `candidate=${text}`, "goal=switch", `policy=${text}`, `magic=${text}`];
      const { stdout } = await host.run(["sh", script, "preflight", verb, ...given]);
      expect(stdout).toContain("@flurry current=");
      expect(await host.readFile("/run/flurry/lock")).toContain(`\n${text.split("\n")[0]}\n`);
      expect((await host.run(["sh", script, "start", verb])).stdout).toContain("@flurry refused=not-a-system");
      await host.output(["sh", script, "release", verb]);
    }
    for (const id of hostile) {
      const script = `"$(ls -d ${files}/2*/supervisor.sh | tail -n 1)"`;
      const { stdout } = await host.run(["sh", "-c", `exec sh ${script} status "$1"`, "sh", id]);
      expect(stdout).toBe("@flurry refused=unknown-run\n");
    }
    await expectNothingRan();
  });
});
