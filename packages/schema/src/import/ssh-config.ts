import type { Issue } from "@flurry/core";

import { checkedHosts } from "./checked-hosts.ts";
import type { FoundHost } from "./checked-hosts.ts";
import { importIssue } from "./imported-hosts.ts";
import type { ImportedHosts, ImportOptions } from "./imported-hosts.ts";
import { matchesPattern } from "./ssh-pattern.ts";

/** A file that an `Include` leads to. */
export interface IncludedFile {
  /** As people should see it in messages; the same file has the same name. */
  readonly file: string;
  readonly text: string;
}

/** How to read an ssh_config. */
export interface ImportSshConfigOptions extends ImportOptions {
  /** The files that one word of an `Include` leads to, in the order that ssh reads them. Without it none is followed. */
  readonly include?: (pattern: string) => readonly IncludedFile[];
}

interface Setting {
  readonly keyword: string;
  readonly value: string;
  readonly line: number;
  readonly file: string;
}

interface Block {
  /** The patterns of its Host line. */
  readonly patterns: readonly string[];
  /** Those of the Host lines around it, which have to hold too. A Match holds for nothing that is known. */
  readonly within: readonly (readonly string[])[];
  readonly line: number;
  readonly file: string;
  readonly settings: Setting[];
}

const taken = new Set(["hostname", "user", "port", "proxyjump", "identityfile"]);

/**
 * Reads an ssh_config: each name of a Host line without wildcards is a host; Host lines with wildcards hold for those they match,
 * and the first value of a keyword counts, as for ssh. Files that are included are read in their places.
 *
 * @see https://man.openbsd.org/ssh_config
 */
export function importSshConfig(text: string, { file, include }: ImportSshConfigOptions): ImportedHosts {
  const issues: Issue[] = [];
  const reader: Reader = {
    include,
    files: { count: 1 },
    blocks: [],
    tell: (message, place, hint) => void issues.push(importIssue("not-imported", message, { ...place, hint })),
  };
  readFile(text, { file, within: [], open: [file] }, reader);
  const { blocks } = reader;
  const names = blocks.flatMap(({ patterns, within, line, file: own }) =>
    patterns
      .filter((pattern) => !/[*?!]/.test(pattern) && within.every((outer) => holdsFor(pattern, outer)))
      .map((name) => ({ name, line, file: own })),
  );
  const first = names.filter(({ name }, index) => names.findIndex((each) => each.name === name) === index);
  const found = first.map((each) => hostOf(each, blocks));
  const checked = checkedHosts(found, file);
  return { hosts: checked.hosts, issues: [...issues, ...checked.issues, ...leftOver(blocks)] };
}

interface Place {
  readonly file: string;
  readonly line: number;
}

interface Reader {
  readonly include: ImportSshConfigOptions["include"];
  readonly files: { count: number };
  readonly blocks: Block[];
  readonly tell: (message: string, place: Place, hint: string) => void;
}

interface OpenFile {
  readonly file: string;
  /** What holds where the file is included. */
  readonly within: Block["within"];
  /** The file and those that led to it. */
  readonly open: readonly string[];
}

/** ssh itself goes no deeper. */
const deepest = 16;

/** More than anyone writes; files that include each other twice would otherwise be read thousands of times. */
const mostFiles = 500;

function readFile(text: string, from: OpenFile, reader: Reader): void {
  const { file, within } = from;
  const begin = (patterns: readonly string[], line: number): Block => {
    const block = { patterns, within, line, file, settings: [] };
    reader.blocks.push(block);
    return block;
  };
  let block = begin(["*"], 1);
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const [, keyword, value = ""] = /^\s*([A-Za-z]\w*)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(raw) ?? [];
    if (keyword === undefined || raw.trimStart().startsWith("#")) continue;
    const lower = keyword.toLowerCase();
    if (lower === "host") block = begin(wordsOf(value), line);
    else if (lower === "match") {
      block = begin([], line);
      const hint = "what it says may hold for some of the hosts: look at it yourself";
      reader.tell(`Match ${value} is not taken over`, { file, line }, hint);
    } else if (lower === "include") {
      const inside = { ...from, within: [...within, block.patterns] };
      for (const pattern of wordsOf(value)) follow(pattern, { ...inside, line }, reader);
      // What comes now has the same Host line, and comes after what was included.
      block = begin(block.patterns, block.line);
    } else block.settings.push({ keyword: lower, value: unquoted(value), line, file });
  }
}

function follow(pattern: string, from: OpenFile & Place, reader: Reader): void {
  const { open, within } = from;
  const found = reader.include?.(pattern);
  const tell = (why: string, hint: string): void => reader.tell(`Include ${pattern} is not followed${why}`, from, hint);
  if (found === undefined) return tell("", "import the included file as well");
  if (found.length === 0) return tell(": there is no such file", "ssh passes over it too");
  for (const { file, text } of found) {
    if (open.includes(file)) tell(`: ${file} includes itself`, "take the Include out of one of the files");
    else if (open.length >= deepest) tell(`: it is the ${deepest}th of files in files`, "ssh goes no deeper either");
    else if (reader.files.count >= mostFiles) tell(`: there are more than ${mostFiles} files`, "import it by itself");
    else {
      reader.files.count += 1;
      readFile(text, { file, within, open: [...open, file] }, reader);
    }
  }
}

function hostOf({ name, line, file }: Place & { readonly name: string }, blocks: readonly Block[]): FoundHost {
  const settings = blocks
    .filter(({ patterns, within }) => [...within, patterns].every((outer) => holdsFor(name, outer)))
    .flatMap((block) => block.settings);
  const first = (keyword: string): string | undefined => settings.find((each) => each.keyword === keyword)?.value;
  const port = first("port");
  const user = first("user");
  const jump = first("proxyjump");
  const identityFile = first("identityfile");
  const address = (first("hostname") ?? name).replaceAll("%h", name).replaceAll("%%", "%");
  return {
    line,
    file,
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
function leftOver(blocks: readonly Block[]): readonly Issue[] {
  const settings = blocks.flatMap((block) => block.settings).filter(({ keyword }) => !taken.has(keyword));
  const first = new Map<string, Setting>();
  for (const setting of settings) if (!first.has(setting.keyword)) first.set(setting.keyword, setting);
  return [...first.values()].map(({ keyword, line, file }) =>
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
