import type { LabHost } from "@flurry/lab";

import { keySpecs, profileSpecs } from "../run/fleet-repository.ts";

/** The record of a run, as the host has it. */
export interface RunRecord {
  readonly id: string;
  readonly goal: string;
  readonly candidate: string;
  readonly before: string;
  /** The profile's generation link when the run began. */
  readonly link: string;
  readonly boot: string;
  /** Who has the right to decide: `armed` nobody yet, `commit`, `revert`; `none` before the run has begun. */
  readonly token: "armed" | "commit" | "revert" | "none";
  readonly verdict: string;
  /** It brought profiles alone: `candidate` is what the host ran, and neither profile nor boot default become it. */
  readonly keepsSystem: boolean;
  /** The store paths of the profiles beside the system, by their names. */
  readonly profiles: ReadonlyMap<string, string>;
  readonly reason: string;
  /** When the verdict was written, in seconds since the epoch. */
  readonly decidedAt: number;
}

/** The file of a key. */
export interface KeyFile {
  readonly path: string;
  readonly content: string;
  /** Mode, owner and group, for example `600 root:root`. */
  readonly access: string;
}

/** What a host says of itself on its console. */
export interface HostState {
  readonly current: string;
  readonly profile: string;
  /** The generation that the profile leads to, for example `system-3-link`. */
  readonly link: string;
  readonly bootDefault: string;
  /** What it boots instead, until a reboot that was asked for has settled. */
  readonly bootOverride: string | undefined;
  readonly bootId: string;
  /** When the host booted, in seconds since the epoch. */
  readonly bootedAt: number;
  readonly runs: readonly RunRecord[];
  readonly keys: readonly KeyFile[];
  /** What the links of the profiles beside the system lead to, by their names. */
  readonly userProfiles: ReadonlyMap<string, string>;
  /** A run that has not begun and whose deployer may still live: it holds the lock by a lease, or is about to take it. */
  readonly lease: { readonly run: string; readonly seconds: number } | undefined;
  /** Locks, timers, units, pins, processes and temporary files of Flurry, beside what belongs to `lease`. */
  readonly leftovers: readonly { readonly kind: string; readonly what: string }[];
}

const keyPaths = keySpecs.map(({ path }) => path).join(" ");
const profilePlaces = profileSpecs.flatMap(({ places }) => places).join(" ");
const strayPlaces = `${keySpecs.map(({ path }) => path.replace(/[^/]*$/, ".[!.]*")).join(" ")} /var/lib/flurry/.[!.]* /var/lib/flurry/keys.*`;

// Fields are tab-separated; nothing that is read here has tabs or line ends.
const script = `
tab=$(printf '\\t')
field() { [ ! -e "$1" ] || { IFS= read -r value < "$1"; printf %s "$value"; }; }
echo "current$tab$(readlink -f /run/current-system)"
echo "profile$tab$(readlink -f /nix/var/nix/profiles/system)"
echo "link$tab$(readlink /nix/var/nix/profiles/system)"
echo "bootDefault$tab$(cat /boot/lab-default)"
[ ! -e /boot/lab-override ] || echo "bootOverride$tab$(cat /boot/lab-override)"
[ "$(sed -n 2p /var/lib/flurry/boots-once 2> /dev/null)" != grub ] || echo "menuOverride\${tab}grub"
[ ! -s /boot/grub/grubenv ] || echo "once$tab/boot/grub/grubenv"
for file in /boot/lab-oneshot /boot/lab-override /var/lib/flurry/boots-once; do [ ! -e "$file" ] || echo "once$tab$file"; done
for file in ${keyPaths}; do [ ! -e "$file" ] || echo "key$tab$file$tab$(cat "$file")$tab$(stat -c '%a %U:%G' "$file")"; done
for profile in ${profilePlaces}; do [ ! -L "$profile" ] || echo "userProfile$tab\${profile##*/}$tab$(readlink -f "$profile")"; done
for file in ${strayPlaces}; do [ ! -e "$file" ] || echo "left\${tab}temp file\${tab}$file"; done
echo "bootId$tab$(cat /proc/sys/kernel/random/boot_id)"
echo "bootedAt$tab$(stat -c %.3Y /run/lab/boot_id)"
for run in /var/lib/flurry/runs/*; do
  [ -d "$run" ] || continue
  token=none
  [ ! -e "$run/token" ] || token=armed
  [ ! -e "$run/token.commit" ] || token=commit
  [ ! -e "$run/token.revert" ] || token=revert
  decided=0
  [ ! -e "$run/verdict" ] || decided=$(stat -c %.3Y "$run/verdict")
  now=$(date +%s)
  [ "$token$decided" != none0 ] || echo "unbegun$tab\${run##*/}$tab$((now - $(stat -c %Y "$run")))"
  echo "run$tab\${run##*/}$tab$(field "$run/goal")$tab$(field "$run/candidate")$tab$(field "$run/before")$tab$(field "$run/link")$tab$(field "$run/boot")$tab$token$tab$(field "$run/verdict")$tab$(field "$run/reason")$tab$decided$tab$(field "$run/stay")"
  [ ! -e "$run/profiles" ] || while read -r _ _ name store _; do echo "runProfile$tab\${run##*/}$tab$name$tab$store"; done < "$run/profiles"
  for file in "$run"/key.*; do [ ! -e "$file" ] || [ "$decided" = 0 ] || echo "left\${tab}old key\${tab}$file"; done
  for file in "$run"/.[!.]*; do [ ! -e "$file" ] || echo "left\${tab}temp file\${tab}$file"; done
  for pid in "$run"/pid-*; do
    [ -e "$pid" ] || continue
    kill -0 "-$(cat "$pid")" 2> /dev/null && echo "left\${tab}process group\${tab}$pid $(cat "$pid")"
  done
done
if [ -e /run/flurry/lock ]; then
  { read -r run; read -r until; } < /run/flurry/lock
  read -r up _ < /proc/uptime
  echo "lock$tab$run$tab$((until - \${up%%.*}))"
fi
for file in /run/flurry/* /run/flurry/.[!.]*; do [ ! -e "$file" ] || [ "$file" = /run/flurry/lock ] || echo "left\${tab}temp file\${tab}$file"; done
for root in /nix/var/nix/gcroots/flurry*; do [ ! -L "$root" ] || echo "left\${tab}pin\${tab}$root"; done
if [ -d /run/systemd/system ]; then
  systemctl list-units --all --plain --no-legend 'flurry-*' | while read -r unit state; do echo "left\${tab}unit\${tab}$unit $state"; done
  ls /run/systemd/transient 2> /dev/null | grep '^flurry-' | while read -r unit; do echo "left\${tab}unit file\${tab}$unit"; done
fi
for file in /proc/[0-9]*/cmdline; do
  line=$(tr '\\0' ' ' < "$file" 2> /dev/null) || continue
  case $line in */supervisor[.]sh*) echo "left\${tab}process\${tab}$(printf %s "$line" | tr '\\t\\n' '  ' | cut -c 1-200)" ;; esac
done
true`;

/** Looks at a host on its console: works whatever state its network is in. */
export async function readHostState(host: LabHost): Promise<HostState> {
  return parseHostState(await host.output(script, { timeoutMs: 30_000 }));
}

/** How long the supervisor believes that a deployer lives of which it has heard nothing, and a moment. */
const leaseSeconds = 95;

/** Reads what the console script printed. */
export function parseHostState(text: string): HostState {
  const rows = text.split("\n").map((line) => line.split("\t"));
  const one = (name: string): string => rows.find(([key]) => key === name)?.[1] ?? "";
  const wanted = rows.filter(([key]) => key === "runProfile");
  const runs = rows.flatMap(([key, ...fields]) => (key === "run" ? [recordOf(fields, wanted)] : []));
  const leftovers = rows.flatMap(([key, kind = "", what = ""]) => (key === "left" ? [{ kind, what }] : []));
  const [, lockRun = "", seconds = "0"] = rows.find(([key]) => key === "lock") ?? [];
  const holder = runs.find(({ id }) => id === lockRun);
  // Whoever collects garbage has a lock and no record.
  const hasNotBegun = holder === undefined || (holder.token === "none" && holder.verdict === "");
  const leased = lockRun !== "" && Number(seconds) > 0 && hasNotBegun;
  const young = rows.flatMap(([key, run = "", age = ""]) =>
    key === "unbegun" && Number(age) < leaseSeconds ? [{ run, seconds: leaseSeconds - Number(age) }] : [],
  );
  const lease = leased ? { run: lockRun, seconds: Number(seconds) } : young[0];
  // GRUB's default is the first entry of its menu, which for the time of a reboot is the system from before.
  const isMenuOverridden = one("menuOverride") !== "";
  const override = isMenuOverridden ? one("bootDefault") : one("bootOverride");
  // A reboot that was asked for once has settled when its system is the one that the profile leads to.
  const once = one("current") === one("profile") ? rows.filter(([key]) => key === "once") : [];
  return {
    current: one("current"),
    profile: one("profile"),
    link: one("link"),
    bootDefault: isMenuOverridden ? one("profile") : one("bootDefault"),
    bootOverride: override === "" ? undefined : override,
    bootId: one("bootId"),
    bootedAt: Number(one("bootedAt")),
    runs,
    keys: rows.flatMap(([key, path = "", content = "", access = ""]) =>
      key === "key" ? [{ path, content, access }] : [],
    ),
    userProfiles: new Map(
      rows.flatMap(([key, name = "", path = ""]) => (key === "userProfile" ? [[name, path] as const] : [])),
    ),
    lease,
    leftovers: [
      ...leftovers.filter(({ what }) => lease === undefined || !what.includes(lease.run)),
      ...once.map(([, what = ""]) => ({ kind: "one-shot boot entry", what })),
      ...(lockRun === "" || leased ? [] : [{ kind: "lock", what: lockRun }]),
    ],
  };
}

const tokens: ReadonlySet<string> = new Set(["armed", "commit", "revert"]);

function recordOf(fields: readonly string[], wanted: readonly (readonly string[])[]): RunRecord {
  const [id = "", goal = "", candidate = "", before = "", link = "", boot = "", token = "", verdict = ""] = fields;
  const [, , , , , , , , reason = "", decidedAt = "0", stay = ""] = fields;
  const known = tokens.has(token) ? (token as RunRecord["token"]) : "none";
  const profiles = new Map(
    wanted.flatMap(([, run, name = "", path = ""]) => (run === id ? [[name, path] as const] : [])),
  );
  const said = { token: known, verdict, reason, decidedAt: Number(decidedAt), keepsSystem: stay === "1", profiles };
  return { id, goal, candidate, before, link, boot, ...said };
}
