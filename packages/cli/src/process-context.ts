import { hostname, userInfo } from "node:os";
import { cwd, env, stderr, stdin, stdout } from "node:process";
import { buffer, text } from "node:stream/consumers";
import type { WriteStream } from "node:tty";

import type { CliContext, PlatformSignal, TextOutput } from "./context.ts";
import type { FormQuestions } from "./terminal/form-questions.ts";

/** The real process as a {@link CliContext}. */
export function processContext(): CliContext {
  return {
    stdout: textOutput(stdout),
    stderr: textOutput(stderr),
    readStdin: () => text(stdin),
    readStdinBytes: () => buffer(stdin),
    stdinIsTTY: stdin.isTTY,
    writeBytes: (bytes) => {
      if (stdout.writable) stdout.write(bytes);
    },
    askSecret: async (question, signal) => {
      const { askSecret } = await import("./terminal/questions.ts");
      return await askSecret(question, signal);
    },
    confirm: async (question, signal) => {
      const { confirm } = await import("./terminal/questions.ts");
      return await confirm(question, signal);
    },
    runAttached: async (file, args, options) => {
      const { runAttached } = await import("./terminal/run-attached.ts");
      return await runAttached(file, args, options);
    },
    env,
    cwd: cwd(),
    now: Date.now,
    every: (periodMs, tick) => {
      const timer = setInterval(tick, periodMs);
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
    operator: `${userName()}@${hostname()}`,
    hostname: hostname(),
    machine: async () => {
      const { machineIdentity } = await import("./machine-identity.ts");
      return await machineIdentity();
    },
    hostKeys: async () => {
      const { ownHostKeys } = await import("./machine-identity.ts");
      return await ownHostKeys();
    },
    user: userName(),
    onSignal,
    loadServices: async () => {
      const { realServices } = await import("./real-services.ts");
      return realServices;
    },
    beginLock: async (nix) => {
      const [{ findFleet }, { beginLock }] = await Promise.all([
        import("@flurry/schema/find-fleet"),
        import("@flurry/nix/begin-lock"),
      ]);
      const { directory, flakeFile } = await findFleet(nix.cwd);
      return flakeFile === undefined ? undefined : beginLock(directory, nix);
    },
    openForm: stdin.isTTY && stderr.isTTY ? openForm : undefined,
  };
}

async function openForm(): Promise<FormQuestions> {
  const { terminalForm } = await import("./terminal/form.ts");
  return terminalForm({ input: stdin, output: stderr });
}

function textOutput(stream: WriteStream): TextOutput {
  // A reader that has seen enough (`| head`) or a terminal that is gone must not end a deployment.
  stream.on("error", () => {});
  return {
    write: (chunk) => {
      if (stream.writable) stream.write(chunk);
    },
    isTTY: stream.isTTY,
    columns: () => (stream.isTTY ? stream.columns : undefined),
    rows: () => (stream.isTTY ? stream.rows : undefined),
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // Containers run under user ids that no passwd file lists.
    return env["USER"] ?? String(process.getuid?.() ?? "unknown");
  }
}

function onSignal(signal: PlatformSignal, listener: () => void): Disposable {
  process.on(signal, listener);
  return {
    [Symbol.dispose]: () => {
      process.off(signal, listener);
    },
  };
}
