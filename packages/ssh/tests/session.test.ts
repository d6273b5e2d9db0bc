import { createHash, randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { setTimeout as wait } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { connect } from "../src/index.ts";
import type { SshSession } from "../src/index.ts";
import { singleHost, transports } from "./single-host.ts";
import type { SingleHost } from "./single-host.ts";
import { descendants, kill } from "./test-sshd.ts";

describe.each(transports)("over %s", (transport) => {
  let host: SingleHost;
  beforeAll(async () => {
    host = await singleHost([], transport);
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  const open = (keepaliveMs?: number): Promise<SshSession> =>
    connect(host.target, { ...host.context, ...(keepaliveMs === undefined ? {} : { keepaliveMs }) });

  describe("exec", () => {
    it.each([
      ["true", { exitCode: 0, stdout: "", stderr: "" }],
      ["echo out; echo err >&2; exit 3", { exitCode: 3, stdout: "out\n", stderr: "err\n" }],
      // OpenSSH does not tell which signal it was.
      [
        "kill -KILL $$",
        { exitCode: null, ...(transport === "ssh2" ? { signal: "SIGKILL" } : {}), stdout: "", stderr: "" },
      ],
      ["exec no-such-command 2>/dev/null", { exitCode: 127, stdout: "", stderr: "" }],
      ["printf 'Grüße'", { exitCode: 0, stdout: "Grüße", stderr: "" }],
      ["cat", { exitCode: 0, stdout: "", stderr: "" }],
    ])("tells how `%s` ended", async (command, expected) => {
      await using session = await open();
      expect(await session.exec(command)).toEqual(expected);
    });

    it("gives a command its input, all bytes of it", async () => {
      await using session = await open();
      const stdin = randomBytes(3 * 1024 * 1024);
      const { stdout } = await session.exec("sha256sum", { stdin });
      expect(stdout.split(" ")[0]).toBe(createHash("sha256").update(stdin).digest("hex"));
    });

    it("does not mind a command that leaves its input unread", async () => {
      await using session = await open();
      expect(await session.exec("exit 4", { stdin: Buffer.alloc(8 * 1024 * 1024) })).toMatchObject({ exitCode: 4 });
    });

    it("takes much output of both streams at once", async () => {
      await using session = await open();
      const { stdout, stderr } = await session.exec("head -c 6000000 /dev/zero | tr '\\0' a | tee /dev/stderr");
      expect([stdout.length, stderr.length]).toEqual([6_000_000, 6_000_000]);
    });

    it("hands out lines as they come, whole characters, and the last one without an end", async () => {
      await using session = await open();
      const lines: string[] = [];
      const times: number[] = [];
      const result = await session.exec("printf 'ü1\\r\\nzwei\\n'; sleep 2; printf 'last'; echo warn >&2", {
        onStdoutLine: (line) => {
          lines.push(line);
          times.push(performance.now());
        },
        onStderrLine: (line) => lines.push(`stderr ${line}`),
      });
      expect(lines.toSorted()).toEqual(["last", "stderr warn", "zwei", "ü1"]);
      expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(300);
      expect(result).toEqual({ exitCode: 0, stdout: "", stderr: "warn\n" });
    });

    it("passes on what a line callback throws, and goes on working", async () => {
      await using session = await open();
      const failing = session.exec("yes", {
        onStdoutLine: () => {
          throw new RangeError("not this line");
        },
      });
      await expect(failing).rejects.toThrow(new RangeError("not this line"));
      expect(await session.exec("echo fine")).toMatchObject({ stdout: "fine\n" });
    });

    it("keeps no more output than it may", async () => {
      await using session = await open();
      await expect(session.exec("yes", { maxOutputBytes: 100_000 })).rejects.toMatchObject({
        code: "FLURRY_OUTPUT_TOO_LARGE",
        host: "nas",
      });
      const endless = session.exec("tr -d '\\n' </dev/zero", { maxOutputBytes: 100_000, onStdoutLine: () => {} });
      await expect(endless).rejects.toMatchObject({ code: "FLURRY_OUTPUT_TOO_LARGE" });
      const { stderr } = await session.exec("seq 100000 >&2", { maxOutputBytes: 50_000 });
      expect(stderr.endsWith("\n100000\n")).toBe(true);
    });

    it("runs 20 commands at a time over one connection", async () => {
      await using session = await open();
      const numbers = Array.from({ length: 20 }, (_, index) => index);
      const results = await Promise.all(numbers.map((n) => session.exec(`echo ${n}; exit ${n}`)));
      expect(results).toEqual(numbers.map((n) => ({ exitCode: n, stdout: `${n}\n`, stderr: "" })));
    });

    it("refuses a command with a NUL byte", async () => {
      await using session = await open();
      await expect(session.exec("echo \0")).rejects.toBeInstanceOf(RangeError);
    });
  });

  describe("giving up", () => {
    it("ends at the deadline, and the session stays usable", async () => {
      await using session = await open();
      const start = performance.now();
      await expect(session.exec("sleep 60", { timeoutMs: 300 })).rejects.toMatchObject({
        code: "FLURRY_TIMEOUT",
        message: "a command on nas did not end within 300 ms",
        host: "nas",
      });
      expect(performance.now() - start).toBeLessThan(30_000);
      expect(await session.exec("echo fine")).toMatchObject({ stdout: "fine\n" });
    });

    it("ends when its signal aborts, also while it waits for its turn", async () => {
      await using session = await open();
      const controller = new AbortController();
      const { signal } = controller;
      setMaxListeners(0, signal);
      const running = Array.from({ length: 12 }, () => session.exec("sleep 60", { signal }));
      await wait(300);
      controller.abort();
      const ends = await Promise.allSettled(running);
      expect(ends.map((end) => end.status === "rejected" && end.reason.code)).toEqual(Array(12).fill("FLURRY_ABORTED"));
      await expect(session.exec("true", { signal })).rejects.toMatchObject({ code: "FLURRY_ABORTED" });
      expect(await session.exec("echo fine")).toMatchObject({ stdout: "fine\n" });
    });

    it("ends with its session", async () => {
      const session = await open();
      const running = Promise.allSettled([session.exec("sleep 60")]);
      await wait(200);
      await session[Symbol.asyncDispose]();
      expect(await running).toMatchObject([{ status: "rejected", reason: { code: "FLURRY_ABORTED", host: "nas" } }]);
      await session.closed;
      await expect(session.exec("true")).rejects.toMatchObject({ code: "FLURRY_ABORTED" });
    });
  });

  describe("a connection that breaks", () => {
    const childrenOfSessions = async (): Promise<readonly number[]> => host.sshd.sessions();

    it("never looks like success when sshd is killed under a command", async () => {
      await using session = await open();
      const before = await childrenOfSessions();
      const running = Promise.allSettled([session.exec("echo begun; sleep 60"), session.exec("sleep 60")]);
      await wait(300);
      for (const pid of await childrenOfSessions()) kill(pid, "SIGKILL");
      const ends = await running;
      expect(before.length).toBeGreaterThan(0);
      for (const end of ends)
        expect(end).toMatchObject({ status: "rejected", reason: { code: "FLURRY_SSH_CONNECTION_LOST", host: "nas" } });
      await session.closed;
      await expect(session.exec("true")).rejects.toMatchObject({ code: "FLURRY_SSH_CONNECTION_LOST" });
    });

    it("is noticed when the peer is frozen, and every command rejects", async () => {
      await using session = await open(150);
      const running = Promise.allSettled([
        session.exec("sleep 60"),
        session.exec("sleep 60"),
        session.exec("cat; sleep 60"),
      ]);
      await wait(300);
      const frozen = await descendants(host.sshd.pid);
      for (const pid of frozen) kill(pid, "SIGSTOP");
      try {
        const start = performance.now();
        const ends = await running;
        expect(performance.now() - start).toBeLessThan(30_000);
        for (const end of ends)
          expect(end).toMatchObject({
            status: "rejected",
            reason: { code: "FLURRY_SSH_CONNECTION_LOST", message: "the connection to nas broke: Keepalive timeout" },
          });
      } finally {
        for (const pid of frozen) kill(pid, "SIGKILL");
      }
      await session.closed;
    });

    it("is left alone while a command is only silent", async () => {
      // Three questions go unanswered before it is given up: a busy host has time for each.
      await using session = await open(1000);
      expect(await session.exec("sleep 4; echo done")).toMatchObject({ stdout: "done\n" });
    });
  });

  describe("a host with few sessions", () => {
    it.each([1, 3])("gets its commands %i at a time", async (sessions) => {
      await using few = await singleHost([`MaxSessions ${sessions}`], transport);
      await using session = await connect(few.target, few.context);
      const results = await Promise.all(Array.from({ length: 10 }, (_, n) => session.exec(`sleep 0.05; echo ${n}`)));
      expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 10 }, (_, n) => `${n}\n`));
    });

    it("is told apart from a lost connection when it opens none at all", async () => {
      await using none = await singleHost(["MaxSessions 0"], transport);
      await using session = await connect(none.target, none.context);
      await expect(session.exec("true")).rejects.toMatchObject({ code: "FLURRY_SSH_CHANNEL_REFUSED", host: "nas" });
    });
  });
});
