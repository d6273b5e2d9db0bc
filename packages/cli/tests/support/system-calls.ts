/** Something that a process did with a text in it. */
export interface Sighting {
  readonly call: string;
  /** Where it went: a path, `pipe`, or what a program was started with. */
  readonly where: string;
}

const watched =
  "execve,execveat,write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,open,openat," +
  "rename,renameat,renameat2,symlink,symlinkat,link,linkat,mkdir,mkdirat";

/** How a run is watched: every system call that starts a program or writes, with the whole of every text. */
export const straceArgs = (log: string): readonly string[] => [
  "--follow-forks",
  "--quiet=all",
  "--decode-fds=path",
  "--no-abbrev",
  "--string-limit=1000000",
  `--trace=${watched}`,
  "--output",
  log,
];

/**
 * Where a text was seen in a log of strace.
 *
 * @returns each place once, in order
 */
export function sightings(log: string, marker: string): readonly Sighting[] {
  const found = new Map<string, Sighting>();
  for (const line of log.split("\n")) {
    if (!line.includes(marker)) continue;
    const sighting = sightingOf(line, marker);
    found.set(JSON.stringify(sighting), sighting);
  }
  return [...found.values()];
}

function sightingOf(line: string, marker: string): Sighting {
  const call = /^\d+\s+(?:<\.\.\. )?(\w+)/.exec(line)?.[1] ?? line.slice(0, 40);
  if (call.startsWith("execve")) {
    const [before = ""] = line.split(marker);
    // The arguments are the first list, the environment is the second.
    return { call, where: before.includes("], [") ? "environment" : "arguments" };
  }
  const [, descriptor = "", path = "unknown"] = /^\d+\s+\w+\((\d+)<([^>]*)>/.exec(line) ?? [];
  // Node makes the standard streams of its children of sockets that have no name.
  const isStream = path.startsWith("pipe:") || (path.startsWith("socket:") && Number(descriptor) <= 2);
  return { call, where: isStream ? "pipe" : path };
}

/** Every path that was opened for writing, made or renamed to. */
export function writtenPaths(log: string): readonly string[] {
  const paths = new Set<string>();
  for (const line of log.split("\n")) {
    const opened = /open(?:at)?\((?:[^"]*?, )?"([^"]*)", [^)]*O_(?:WRONLY|RDWR|CREAT)/.exec(line)?.[1];
    const renamed = /rename(?:at2?)?\(.*"([^"]*)"[^"]*\) = 0$/.exec(line)?.[1];
    for (const path of [opened, renamed]) if (path !== undefined && !/ = -1 /.test(line)) paths.add(path);
  }
  return [...paths];
}

/** What a log of strace says of each command that run-listed.mjs ran, by their names. */
export function logSections(log: string): ReadonlyMap<string, string> {
  const parts = log.split(/^\d+ +write\(\d+<\/dev\/null[^"]*"=== (.+) ===".*$/m);
  const sections = new Map<string, string>();
  for (let index = 1; index < parts.length; index += 2) sections.set(parts[index] ?? "", parts[index + 1] ?? "");
  return sections;
}
