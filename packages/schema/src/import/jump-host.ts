/** A jump host as ssh's `ProxyJump` takes it. */
export interface JumpHost {
  /** `[user@]host[:port]` */
  readonly jump: string;
  /** True when the words say nothing else. */
  readonly isAll: boolean;
}

/** Options of ssh that are followed by a value. */
const withValue = /^-[BbcDEeFIiJLlmOoPpRSWw]$/;

/**
 * The jump host in words for ssh: `-J bastion`, `-o ProxyJump=bastion`, `-o ProxyCommand="ssh -p 2222 -W %h:%p ops@bastion"`.
 *
 * @returns undefined when there is none
 */
export function jumpHost(words: string): JumpHost | undefined {
  const all = shellWords(words);
  const options = all.flatMap((word, index): readonly (readonly [name: string, value: string])[] => {
    const before = all[index - 1] ?? "";
    if (before === "-J") return [["proxyjump", word]];
    if (before === "-o") return [option(word)];
    if (word.startsWith("-J") && word.length > 2) return [["proxyjump", word.slice(2)]];
    return word.startsWith("-o") && word.length > 2 ? [option(word.slice(2))] : [];
  });
  const first = options.find(([name]) => name === "proxyjump" || name === "proxycommand");
  if (first === undefined) return undefined;
  const [name, value] = first;
  const found = name === "proxyjump" ? { jump: value, isAll: true } : fromCommand(shellWords(value));
  const others = all.filter((word) => word !== "-o" && word !== "-J").length - 1;
  return found === undefined ? undefined : { ...found, isAll: found.isAll && others === 0 };
}

function option(word: string): readonly [string, string] {
  const match = /^([A-Za-z]+)[= ]\s*(.*)$/s.exec(word);
  return [(match?.[1] ?? word).toLowerCase(), match?.[2] ?? ""];
}

/** `ssh -p 2222 -W %h:%p ops@bastion` */
function fromCommand([program = "", ...words]: readonly string[]): JumpHost | undefined {
  if (!/(?:^|\/)ssh$/.test(program)) return undefined;
  const { given, flags, hosts } = sorted(words);
  const [host, ...more] = hosts;
  if (host === undefined || more.length > 0 || !/^(?:%h|\[%h\]):%p$/.test(given.get("-W") ?? "")) return undefined;
  const user = given.get("-l");
  const port = given.get("-p") ?? "22";
  const named = user === undefined || host.includes("@") ? host : `${user}@${host}`;
  const isAll =
    [...given.keys()].every((name) => /^-[Wpl]$/.test(name)) && flags.every((flag) => /^-[qTNnC46]+$/.test(flag));
  return { jump: port === "22" ? named : `${named}:${port}`, isAll };
}

interface SortedWords {
  readonly given: ReadonlyMap<string, string>;
  readonly flags: readonly string[];
  /** The words that are no options: the host, and a command for it. */
  readonly hosts: readonly string[];
}

function sorted(words: readonly string[]): SortedWords {
  const given = new Map<string, string>();
  const isValue = (index: number): boolean => withValue.test(words[index - 1] ?? "");
  for (const [index, word] of words.entries()) if (withValue.test(word)) given.set(word, words[index + 1] ?? "");
  const own = words.filter((word, index) => !isValue(index) && !withValue.test(word));
  return {
    given,
    flags: own.filter((word) => word.startsWith("-")),
    hosts: own.filter((word) => !word.startsWith("-")),
  };
}

/** Words as a shell cuts them, without their quotes. */
function shellWords(text: string): readonly string[] {
  return [...text.matchAll(/(?:[^\s"']|"(?:[^"\\]|\\.)*"|'[^']*')+/g)].map(([word]) =>
    word.replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
  );
}
