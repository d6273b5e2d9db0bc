import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { tempDir } from "@flurry/core";
import { parseFleetYaml } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../../tests/support/fake-context.ts";
import { main } from "../main.ts";

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

async function run(words: readonly string[], { files = {}, stdin = "" }: Given = {}) {
  await using dir = await tempDir("flurry-import");
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir.path, name)), { recursive: true });
    await writeFile(join(dir.path, name), text);
  }
  const context = fakeContext({ cwd: dir.path, stdin, env: { HOME: dir.path } });
  const code = await main(["import", ...words], context);
  const fleet = join(dir.path, "fleet.yaml");
  const exists = await access(fleet).then(
    () => true,
    () => false,
  );
  return {
    code,
    out: context.out().replaceAll(dir.path, "DIR"),
    err: context.err().replaceAll(dir.path, "DIR"),
    fleet: exists ? await readFile(fleet, "utf8") : undefined,
  };
}

const inventory =
  "[web]\nweb[1:2] ansible_user=ops http_port=80\n[db]\ndb ansible_host=10.0.0.5 ansible_user=ops ansible_port=2222\n";

describe("flurry import", () => {
  it("begins a fleet.yaml, and says once what all hosts share", async () => {
    const { code, out, err, fleet } = await run(["ansible", "hosts.ini"], { files: { "hosts.ini": inventory } });
    expect(code).toBe(0);
    expect(fleet).toBe(`# yaml-language-server: $schema=./node_modules/@flurry/schema/fleet.schema.json
defaults: { deploy: { sshUser: "ops" } }
hosts:
  web1: { address: web1, tags: [web] }
  web2: { address: web2, tags: [web] }
  db: { address: 10.0.0.5, tags: [db], deploy: { port: 2222 } }
`);
    expect(parseFleetYaml(fleet ?? "", { file: "fleet.yaml" })).toMatchObject({ ok: true });
    expect(out).toContain("fleet.yaml: 3 hosts added\n");
    expect(err).toContain("hosts.ini:2:1: warning: http_port is not taken over");
  });

  it("adds below the hosts that are there, which stay as they are", async () => {
    const before = "# mine\nhosts:\n  db: { address: 10.9.9.9 } # by hand\n\nrollout: { onFailure: continue }\n";
    const files = { "hosts.ini": inventory, "fleet.yaml": before };
    const dry = await run(["ansible", "hosts.ini", "--dry-run"], { files });
    expect(dry.fleet).toBe(before);
    expect(dry.out).toContain("+  web1: { address: web1, tags: [web], deploy: { sshUser: ops } }");
    const { fleet, out } = await run(["ansible", "hosts.ini", "--only", "web1"], { files });
    expect(fleet).toBe(
      before.replace("by hand\n", "by hand\n  web1: { address: web1, tags: [web], deploy: { sshUser: ops } }\n"),
    );
    expect(out).toContain("fleet.yaml: 1 host added\n");
    const again = await run(["ansible", "hosts.ini", "--only", "db"], { files });
    expect(again.fleet).toBe(before);
    expect(again.out).toBe("fleet.yaml: 0 hosts to add; db was there already\n");
  });

  it("reads outputs from standard input, and tells all of it as JSON", async () => {
    const stdin = JSON.stringify({ nas_ip: { value: "10.0.0.7" }, region: { value: "x" } });
    const { code, out, err } = await run(["terraform", "-", "--json"], { stdin });
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({
      command: "import",
      written: true,
      added: ["nas"],
      present: [],
      issues: [{ rule: "not-imported", file: "standard input", line: 1 }],
    });
  });

  it("reads ssh_config with the files that it includes", async () => {
    const files = {
      ".ssh/config": "Include conf.d/*.conf /nowhere/at/all\nHost nas\n  HostName 10.0.0.9\n",
      ".ssh/conf.d/b.conf": "Host b\n  HostName 10.0.0.2\n",
      ".ssh/conf.d/a.conf": "Host a\n  HostName 10.0.0.1\nInclude config\n",
      ".ssh/conf.d/.hidden.conf": "Host hidden\n",
      ".ssh/conf.d/other": "Host other\n",
    };
    const { fleet, err } = await run(["ssh-config", "~/.ssh/config"], { files });
    expect(fleet).toContain("  a: { address: 10.0.0.1 }\n  b: { address: 10.0.0.2 }\n  nas: { address: 10.0.0.9 }\n");
    expect(err).toContain(
      "~/.ssh/conf.d/a.conf:3:1: warning: Include config is not followed: ~/.ssh/config includes itself",
    );
    expect(err).toContain("Include /nowhere/at/all is not followed: there is no such file");
    expect(fleet).not.toMatch(/hidden|other/);
  });

  it("reads the variables that lie beside an inventory", async () => {
    const files = {
      "inv/hosts": "[web]\nnas\n",
      "inv/group_vars/all.yml": "ansible_user: ops\na: 1\n",
      "inv/group_vars/web/main.yaml": "ansible_port: 2222\n",
      "inv/group_vars/web/main.yaml~": "ansible_port: 1\n",
      "inv/host_vars/nas": "ansible_host: 10.0.0.7\n",
    };
    const { fleet, err } = await run(["ansible", "inv/hosts"], { files });
    expect(fleet).toContain("nas: { address: 10.0.0.7, tags: [web], deploy: { sshUser: ops, port: 2222 } }");
    expect(err).toContain("inv/group_vars/all.yml:1:1: warning: one variable is not taken over");
  });

  it.each([
    [[], "write flurry import ansible|terraform|ssh-config FILE"],
    [["ansibel", "x"], 'did you mean "ansible"?'],
    [["ansible"], "takes one file"],
    [["ansible", "empty"], "no host was found in empty"],
    [["ansible", "hosts", "--only", "wbe1"], 'did you mean "web1"?'],
  ])("refuses %j", async (words, message) => {
    const { code, err } = await run(words, { files: { empty: "", hosts: inventory } });
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it("tells of a file that is not there", async () => {
    const { code, err } = await run(["ansible", "nowhere"]);
    expect([code, err]).toEqual([1, expect.stringContaining("FLURRY_IMPORT_UNREADABLE")]);
  });

  it("writes into no fleet file that is a program or has mistakes", async () => {
    const hosts = inventory;
    const program = await run(["ansible", "hosts"], { files: { hosts, "fleet.config.ts": "" } });
    expect([program.code, program.err]).toEqual([2, expect.stringContaining("is a program")]);
    const broken = await run(["ansible", "hosts"], { files: { hosts, "fleet.yaml": "hots: {}\n" } });
    expect([broken.code, broken.fleet]).toEqual([3, "hots: {}\n"]);
  });
});
