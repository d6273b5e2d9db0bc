import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FlurryError, isStorePath, runProcess, shellCommand } from "@flurry/core";
import { deployDefaults } from "@flurry/schema";
import type { Host } from "@flurry/schema";
import { checkHostName, nixSshOpts, parseJumpHosts, resolveSshOptions } from "@flurry/ssh";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openJournal } from "../journal/journal.ts";
import { checkRunId, newRunId } from "../run-id.ts";
import { installAndRun, runVerb } from "./supervisor.ts";
import { sshTarget } from "./target.ts";

const hostile = [
  "-oProxyCommand=touch pwned",
  "--",
  "$(touch pwned)",
  "`touch pwned`",
  "'; touch pwned; '",
  String.raw`\'; touch pwned; '`,
  '"; touch pwned; "',
  "a; touch pwned #",
  "a\ntouch pwned\n",
  "a && touch pwned",
  "a | touch pwned",
  "> pwned",
  "${IFS}touch${IFS}pwned",
  "%h%p%r%%",
  "../../pwned",
  "@flurry verdict=committed",
  "日本 \u202e \u001b[2J",
  "x".repeat(5000),
].map((text) => [JSON.stringify(text.slice(0, 40)), text] as const);

// Everything below runs here: whatever gets to run leaves a file.
let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "flurry-hostile-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const runId = newRunId(new Date(0));

function hostOf(deploy: Partial<Host["deploy"]> = {}, more: Partial<Host> = {}): Host {
  return {
    name: "nas",
    addresses: ["10.0.0.5"],
    tags: [],
    attrPath: ["nixosConfigurations", "nas"],
    modules: [],
    hostKeys: [],
    health: [],
    deploy: { ...deployDefaults, ...deploy },
    ...more,
  };
}

describe("words for a host, through a shell as sshd starts it", () => {
  /** What the innermost program of a command line gets, when it is replaced by one that prints its words. */
  async function arriving(words: readonly string[]): Promise<readonly string[]> {
    const command = shellCommand(["printf", "%s\\0", ...words]);
    const { stdout } = await runProcess("sh", ["-c", command], { cwd: directory });
    return stdout.split("\0").slice(0, -1);
  }

  it.each(hostile)("%s arrives as it is, as whatever it is given", async (_, text) => {
    const command = ["sh", "-c", text];
    const words = [
      "sudo",
      "-n",
      text,
      "--",
      ...installAndRun(runId, "preflight", [`owner=${text}`, `candidate=${text}`]),
      ...runVerb(runId, "give-up", [text]),
      ...command,
      "systemctl",
      "--",
      text,
    ];
    expect(await arriving(words)).toEqual(words);
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each(hostile)("a run is never called %s", (_, text) => {
    for (const use of [
      () => checkRunId(text),
      () => runVerb(text, "status"),
      () => installAndRun(text, "preflight", []),
    ])
      expect(use).toThrow(expect.objectContaining({ code: "FLURRY_RUN_ID_INVALID" }));
  });

  it("nor can a journal leave its directory", async () => {
    const about = {
      kind: "journal",
      at: 1,
      command: "deploy",
      goal: "switch",
      operator: "alice",
      parallel: 1,
    } as const;
    await expect(openJournal(directory, { ...about, runId: "../pwned" })).rejects.toMatchObject({
      code: "FLURRY_RUN_ID_INVALID",
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  // Two dashes are a name that Nix takes; behind /nix/store/ they are no option.
  it.each(hostile.filter(([, text]) => text !== "--"))(
    "%s is no store path, at its end or in its middle",
    (_, text) => {
      const hash = "0123456789abcdfghijklmnpqrsvwxyz";
      expect(isStorePath(`/nix/store/${hash}-${text}`)).toBe(false);
      expect(isStorePath(text)).toBe(false);
    },
  );
});

/** Taken as a value means that OpenSSH itself has read it as one setting, and done nothing with it. */
async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => "taken as a value",
    (error: unknown) => (FlurryError.is(error) ? "refused" : String(error)),
  );
}

describe("words for ssh", () => {
  const context = () => ({ env: process.env, configFile: "none", cwd: directory });

  it.each(hostile)("%s is no address, no user and no jump host", async (_, text) => {
    expect(() => checkHostName(text)).toThrow(expect.objectContaining({ code: "FLURRY_SSH_UNSAFE_NAME" }));
    expect(() => parseJumpHosts(text)).toThrow(FlurryError);
    for (const host of [
      hostOf({}, { addresses: [text] }),
      hostOf({ sshUser: text }),
      hostOf({ jump: text }),
      hostOf({ jump: `${text}@bastion` }),
    ]) {
      const target = sshTarget(host);
      await expect(resolveSshOptions(target, target.addresses[0] ?? "", context())).rejects.toBeInstanceOf(FlurryError);
      await expect(nixSshOpts(target, target.addresses[0] ?? "", context())).rejects.toBeInstanceOf(FlurryError);
    }
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each(hostile)("%s runs nothing as identity file, as option or as the value of one", async (_, text) => {
    for (const deploy of [
      { identityFiles: [text] },
      { sshOptions: [text] },
      { sshOptions: ["-o", text] },
      { sshOptions: ["-o", `User=${text}`] },
      { sshOptions: ["-i", text] },
      { sshOptions: ["-l", text] },
      { sshOptions: ["-J", text] },
    ]) {
      const target = sshTarget(hostOf(deploy));
      const outcomes = [
        await outcomeOf(resolveSshOptions(target, "10.0.0.5", context())),
        await outcomeOf(nixSshOpts(target, "10.0.0.5", context())),
      ];
      expect(["refused", "taken as a value"]).toEqual(expect.arrayContaining(outcomes));
    }
    expect(readdirSync(directory)).toEqual([]);
  });

  it("has no way to smuggle a command in beside the connection", async () => {
    for (const option of ["RemoteCommand=touch pwned", "LocalForward=1 a:2", "ForkAfterAuthentication=yes"]) {
      const target = sshTarget(hostOf({ sshOptions: ["-o", option] }));
      await expect(resolveSshOptions(target, "10.0.0.5", context())).rejects.toMatchObject({
        code: "FLURRY_SSH_CONFIG_INVALID",
      });
    }
  });
});
