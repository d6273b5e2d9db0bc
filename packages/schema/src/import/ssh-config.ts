import type { Issue } from "@flurry/core";

import { checkedHosts } from "./checked-hosts.ts";
import type { FoundHost } from "./checked-hosts.ts";
import { importIssue } from "./imported-hosts.ts";
import type { ImportedHosts, ImportOptions } from "./imported-hosts.ts";
import { matchesPattern } from "./ssh-pattern.ts";

interface Setting {
  readonly keyword: string;
  readonly value: string;
  readonly line: number;
}

interface Block {
  /** Empty for what stands above all Host lines, and for Match. */
  readonly patterns: readonly string[];
  readonly line: number;
  readonly settings: Setting[];
}

const taken = new Set(["hostname", "user", "port", "proxyjump", "identityfile"]);

/**
 * Reads an ssh_config: each name of a Host line without wildcards is a host; Host lines with wildcards hold for those they match,
 * and the first value of a keyword counts, as for ssh.
 *
 * @see https://man.openbsd.org/ssh_config
 */
export function importSshConfig(text: string, { file }: ImportOptions): ImportedHosts {
  const issues: Issue[] = [];
  const blocks = readBlocks(
    text,
    (message, line, hint) => void issues.push(importIssue("not-imported", message, { file, line, hint })),
  );
  const names = blocks.flatMap(({ patterns, line }) =>
    patterns.filter((pattern) => !/[*?!]/.test(pattern)).map((name) => ({ name, line })),
  );
  const first = names.filter(({ name }, index) => names.findIndex((each) => each.name === name) === index);
  const found = first.map(({ name, line }) => hostOf(name, line, blocks));
  const checked = checkedHosts(found, file);
  return { hosts: checked.hosts, issues: [...issues, ...checked.issues, ...leftOver(blocks, file)] };
}

function readBlocks(text: string, tell: (message: string, line: number, hint: string) => void): readonly Block[] {
  const blocks: Block[] = [{ patterns: ["*"], line: 1, settings: [] }];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const [, keyword, value = ""] = /^\s*([A-Za-z]\w*)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(raw) ?? [];
    if (keyword === undefined || raw.trimStart().startsWith("#")) continue;
    const lower = keyword.toLowerCase();
    if (lower === "host") blocks.push({ patterns: wordsOf(value), line, settings: [] });
    else if (lower === "match") {
      blocks.push({ patterns: [], line, settings: [] });
      tell(
        `Match ${value} is not taken over`,
        line,
        "what it says may hold for some of the hosts: look at it yourself",
      );
    } else if (lower === "include") tell(`Include ${value} is not followed`, line, "import the included file as well");
    else blocks.at(-1)?.settings.push({ keyword: lower, value: unquoted(value), line });
  }
  return blocks;
}

function hostOf(name: string, line: number, blocks: readonly Block[]): FoundHost {
  const settings = blocks.filter(({ patterns }) => holdsFor(name, patterns)).flatMap((block) => block.settings);
  const first = (keyword: string): string | undefined => settings.find((each) => each.keyword === keyword)?.value;
  const port = first("port");
  const user = first("user");
  const jump = first("proxyjump");
  const identityFile = first("identityfile");
  const address = (first("hostname") ?? name).replaceAll("%h", name).replaceAll("%%", "%");
  return {
    line,
    host: {
      name,
      addresses: [address],
      deploy: {
        ...(user === undefined ? {} : { sshUser: user }),
        ...(port === undefined || port === "22" ? {} : { port: Number(port) }),
        ...(jump === undefined || jump.toLowerCase() === "none" ? {} : { jump }),
        ...(identityFile === undefined || identityFile.toLowerCase() === "none" ? {} : { identityFile }),
      },
    },
  };
}

/** As ssh does it: one pattern matches and none with a `!` in front does. */
function holdsFor(name: string, patterns: readonly string[]): boolean {
  const no = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  if (no.some((pattern) => matchesPattern(name, pattern))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && matchesPattern(name, pattern));
}

/** One remark for each keyword that is not taken, at its first line; ssh goes on reading them itself for aliases. */
function leftOver(blocks: readonly Block[], file: string): readonly Issue[] {
  const settings = blocks.flatMap((block) => block.settings).filter(({ keyword }) => !taken.has(keyword));
  const first = new Map<string, Setting>();
  for (const setting of settings) if (!first.has(setting.keyword)) first.set(setting.keyword, setting);
  return [...first.values()].map(({ keyword, line }) =>
    importIssue("not-imported", `${keyword} is not taken over`, {
      file,
      line,
      hint: "as sshOptions of the host's deploy: it would hold for Flurry too",
    }),
  );
}

function wordsOf(value: string): readonly string[] {
  return [...value.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quotedWord, plain]) => quotedWord ?? plain ?? "");
}

function unquoted(value: string): string {
  return /^"(.*)"$/.exec(value)?.[1] ?? value;
}
