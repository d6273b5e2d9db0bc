import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { Lab, aptLine, missingPrerequisites } from "@flurry/lab";
import { describe, expect, it } from "vitest";

/** Pids of all processes that have a lab's directory in their environment. */
async function processesOf(directory: string): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found: string[] = [];
  for (const pid of pids) {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (environment.split("\0").includes(`LAB=${directory}`)) found.push(pid);
  }
  return found;
}

const exists = async (path: string): Promise<boolean> =>
  await access(path).then(
    () => true,
    () => false,
  );

const mountsOfThisMachine = async (): Promise<string> => await readFile("/proc/self/mounts", "utf8");

/** Mounts that are there now, were not before, and can be a lab's: others on this machine come and go. */
async function mountsSince(before: string): Promise<readonly string[]> {
  const known = new Set(before.split("\n"));
  return (await mountsOfThisMachine()).split("\n").filter((line) => !known.has(line) && /flurry|\/fl-/.test(line));
}

describe("the life of a lab", () => {
  it("leaves nothing after down", async () => {
    const mounts = await mountsOfThisMachine();
    const lab = await Lab.up({ hosts: ["nas"] });
    const { cgroup } = JSON.parse(await readFile(join(lab.directory, "lab.json"), "utf8")) as { cgroup?: string };
    expect(await mountsSince(mounts)).toEqual([]);
    await lab.down();
    await expect.poll(() => exists(lab.directory)).toBe(false);
    await expect.poll(() => exists(cgroup ?? "/nonexistent")).toBe(false);
    await expect.poll(() => processesOf(lab.directory)).toEqual([]);
    expect(await mountsSince(mounts)).toEqual([]);
  });

  it("ends with the process that holds it, SIGKILL included", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fl-kill-"));
    const script = join(directory, "hold.mjs");
    const source = new URL("../dist/index.js", import.meta.url).href;
    await writeFile(
      script,
      `import { Lab } from ${JSON.stringify(source)};
       const lab = await Lab.up({ hosts: ["nas", "compute"] });
       lab.spawn(["sleep", "1000"]);
       await lab.exec(["ssh", "-F", lab.sshConfigFile, "nas", "nohup sleep 1000 > /dev/null 2>&1 &"]);
       console.log(lab.directory, lab.supervisorPid);
       setInterval(() => {}, 1000);`,
    );
    const holder = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(createInterface({ input: holder.stdout }), "line")) as [string];
    const [labDirectory = "", pid = ""] = line.split(" ");
    expect((await processesOf(labDirectory)).length).toBeGreaterThan(2);
    holder.kill("SIGKILL");
    await expect.poll(() => exists(`/proc/${pid}`)).toBe(false);
    await expect.poll(() => exists(labDirectory)).toBe(false);
    await expect.poll(() => processesOf(labDirectory)).toEqual([]);
    expect(await mountsOfThisMachine()).not.toContain(labDirectory);
    await rm(directory, { recursive: true });
  });

  it("refuses a second lab in its directory, and takes over the traces of a dead one", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fl-own-"));
    const lab = await Lab.up({ hosts: ["nas"], directory });
    await expect(Lab.up({ hosts: ["nas"], directory })).rejects.toMatchObject({ code: "LAB_EXISTS" });
    // Nor does one that cannot see its processes take it for dead.
    const program = fileURLToPath(new URL("../bin/lab.js", import.meta.url));
    const inside = await lab.exec([process.execPath, program, "up", "nas"], { env: { LAB_DIRECTORY: directory } });
    expect(inside.stderr).toContain("a lab is already up");
    expect(await lab.host("nas").isUp()).toBe(true);
    const attached = await Lab.attach(directory);
    expect(await attached.host("nas").output("hostname")).toBe("nas");
    const state = await readFile(join(directory, "lab.json"), "utf8");
    await lab.down();
    expect(await readdir(directory)).toEqual(["log"]);
    await expect(Lab.attach(directory)).rejects.toMatchObject({ code: "LAB_NOT_RUNNING" });
    // As if the cleaning process had been killed, too: the creator's pid is nobody's.
    await writeFile(join(directory, "lab.json"), state.replace(/"creator": \d+/, '"creator": 4194305'));
    await writeFile(join(directory, "pid"), "4194305");
    const next = await Lab.up({ hosts: ["nas"], directory });
    expect(await next.host("nas").isUp()).toBe(true);
    await next.down();
    await rm(directory, { recursive: true });
  });

  it("refuses a directory with other files and a bad host before it starts anything", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fl-full-"));
    await writeFile(join(directory, "precious"), "");
    await expect(Lab.up({ hosts: ["nas"], directory })).rejects.toMatchObject({ code: "LAB_INVALID" });
    expect(await readdir(directory)).toEqual(["precious"]);
    await rm(directory, { recursive: true });
    await expect(Lab.up({ hosts: ["nas", "nas"] })).rejects.toMatchObject({ code: "LAB_INVALID" });
  });

  it("leaves nothing when its start is cancelled", async () => {
    const begun = await readdir(tmpdir());
    const failure = { code: "FLURRY_ABORTED" };
    await expect(Lab.up({ hosts: ["nas", "compute"], signal: AbortSignal.abort() })).rejects.toMatchObject(failure);
    await expect(Lab.up({ hosts: ["nas", "compute"], signal: AbortSignal.timeout(100) })).rejects.toMatchObject(
      failure,
    );
    const left = async (): Promise<readonly string[]> => {
      const mine = (await readdir(tmpdir())).filter(
        (name) => /^fl-[A-Za-z0-9]{6}$/.test(name) && !begun.includes(name),
      );
      const states = await Promise.all(
        mine.map(async (name) => await readFile(join(tmpdir(), name, "lab.json"), "utf8").catch(() => "")),
      );
      return states.filter((state) => state.includes(`"creator": ${process.pid},`));
    };
    await expect.poll(left).toEqual([]);
  });

  it("stands beside another with the same names and addresses", async () => {
    await using one = await Lab.up({ hosts: ["nas", "compute"] });
    await using other = await Lab.up({ hosts: ["nas", "compute"], init: "mini" });
    await one.host("nas").run("echo one > /etc/which");
    await other.host("nas").run("echo other > /etc/which");
    const read = async (lab: Lab) => (await lab.exec(["ssh", "-F", lab.sshConfigFile, "nas", "cat /etc/which"])).stdout;
    expect([await read(one), await read(other)]).toEqual(["one\n", "other\n"]);
    await one.down();
    expect(await read(other)).toBe("other\n");
  });

  it("has ten hosts", async () => {
    const names = Array.from({ length: 10 }, (_, index) => `h${index}`);
    await using lab = await Lab.up({ hosts: names });
    const answers = await Promise.all(
      names.map(async (name) => (await lab.exec(["ssh", "-F", lab.sshConfigFile, name, "hostname"])).stdout.trim()),
    );
    expect(answers).toEqual(names);
  });

  it("knows what it needs", async () => {
    expect(await missingPrerequisites()).toEqual([]);
    const missing = await missingPrerequisites({ PATH: "/nonexistent" });
    expect(aptLine(missing)).toContain("nix-bin");
  });
});
