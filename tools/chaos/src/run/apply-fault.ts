import { sleep } from "@flurry/core";
import type { LabHost } from "@flurry/lab";

import type { HostFault, LastingFault } from "../plan/round-plan.ts";

// PID 1 of a real host starts the timers; the shells that sleep for the mini init stand in for it and are left alone.
const killSupervisorScript = `
found=
for file in /proc/[0-9]*/cmdline; do
  line=$(tr '\\0' ' ' < "$file" 2> /dev/null) || continue
  case $line in
    *' timer '*) ;;
    */supervisor[.]sh\\ *) pid=\${file#/proc/}; found="$found \${pid%/cmdline}" ;;
  esac
done
for pid in $found; do
  what=$(tr '\\0' ' ' < "/proc/$pid/cmdline" 2> /dev/null)
  kill -KILL "$pid" 2> /dev/null && echo "$what" | cut -c 1-120
  [ "$1" = all ] || break
done
true`;

// The upload of keys has its script among its arguments.
const killUploadScript = `
for file in /proc/[0-9]*/cmdline; do
  line=$(tr '\\0' '\\001' < "$file" 2> /dev/null | tail -c 200 | tr '\\n\\001' '  ') || continue
  case $line in *' flurry put '*) pid=\${file#/proc/}; kill -KILL "\${pid%/cmdline}" 2> /dev/null && echo "$pid" ;; esac
done
true`;

interface Breakage {
  readonly begin: (host: LabHost) => Promise<void>;
  readonly end: (host: LabHost) => Promise<void>;
}

const lasting: Readonly<Record<LastingFault, Breakage>> = {
  "link-down": { begin: (host) => host.link("down"), end: (host) => host.link("up") },
  blackhole: { begin: (host) => host.blackhole(), end: (host) => host.blackhole("off") },
  reject: { begin: (host) => host.reject(), end: (host) => host.reject("off") },
  freeze: { begin: (host) => host.freeze(), end: (host) => host.thaw() },
  "power-cut": { begin: (host) => host.powerCut(), end: (host) => host.powerOn() },
  "sshd-stop": { begin: (host) => host.sshd("stop"), end: (host) => host.sshd("start") },
  "sshd-freeze": { begin: (host) => host.sshd("freeze"), end: (host) => host.sshd("thaw") },
  "fill-disk": { begin: (host) => host.fillDisk(), end: freeDisk },
};

/** Breaks something on a host and, where the fault has an end, mends it again. Returns what was seen. */
export async function applyFault(host: LabHost, fault: HostFault): Promise<string> {
  switch (fault.kind) {
    case "loss":
      return await during(host, fault.forMs, {
        begin: () => host.loss(fault.percent),
        end: () => host.loss(0),
      });
    case "clock-jump":
      return await during(host, fault.forMs, {
        begin: () => host.clock(fault.hours * 3600),
        end: () => host.clock(0),
      });
    case "reset":
      await host.reset();
      return "done";
    case "sshd-kill":
      await host.sshd("kill");
      return "done";
    case "sshd-kill-all":
      await host.sshd("kill-all");
      return "done";
    case "kill-nix":
      return (await host.killNix()) ? "killed" : "no Nix ran";
    case "kill-upload": {
      const killed = await host.output(killUploadScript, { timeoutMs: 20_000 });
      return killed === "" ? "no keys came in" : "killed";
    }
    case "kill-supervisor":
      return await killSupervisor(host, fault.which);
    default:
      return await during(host, fault.forMs, lasting[fault.kind]);
  }
}

async function killSupervisor(host: LabHost, which: "one" | "all"): Promise<string> {
  const killed = await host.output(["sh", "-c", killSupervisorScript, "sh", which], { timeoutMs: 20_000 });
  return killed === "" ? "none ran" : `killed ${killed.replaceAll("\n", " | ")}`;
}

async function during(host: LabHost, forMs: number, { begin, end }: Breakage): Promise<string> {
  await begin(host);
  try {
    await sleep(forMs);
  } finally {
    await end(host);
  }
  return "mended";
}

/** What filled the disk is still there after a power cut, and only a host that has booted can be told to remove it. */
async function freeDisk(host: LabHost): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await host.freeDisk();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(200);
    }
  }
}
