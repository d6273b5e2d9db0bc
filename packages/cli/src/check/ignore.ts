import { nearestName } from "@flurry/core";

import type { CheckFinding } from "./finding.ts";
import type { CheckRepository } from "./rule.ts";

/** Which rules are ignored in which line of a file. */
type Ignored = ReadonlyMap<number, readonly string[]>;

const pattern = /^#\s*flurry:\s*ignore\s+(?<rules>[a-z0-9][a-z0-9, -]*)/;

/**
 * Leaves away what comments say to ignore: `# flurry: ignore RULE` at the end of the line, or alone in the line above.
 *
 * @param known - the names of all rules; a comment about another is a finding itself
 */
export function withoutIgnored(
  findings: readonly CheckFinding[],
  repository: CheckRepository,
  known: readonly string[],
): readonly CheckFinding[] {
  const files = new Map<string, Ignored>();
  const ignoredIn = (file: string): Ignored => {
    const ignored = files.get(file) ?? ignoredLines(file, repository);
    files.set(file, ignored);
    return ignored;
  };
  const left = findings.filter(
    ({ file, line, rule }) => line === undefined || ignoredIn(file).get(line)?.includes(rule) !== true,
  );
  const unknown = repository.nixFiles.flatMap(({ path }) =>
    [...ignoredIn(path)].flatMap(([line, rules]) =>
      rules.filter((rule) => !known.includes(rule)).map((rule) => unknownRule({ file: path, line, rule }, known)),
    ),
  );
  // The line of the comment and the one below it name the same mistake.
  const once = unknown.filter(
    ({ message, file }, index) => unknown.findIndex((each) => each.message === message && each.file === file) === index,
  );
  return [...left, ...once];
}

function unknownRule(
  { file, line, rule }: { readonly file: string; readonly line: number; readonly rule: string },
  known: readonly string[],
): CheckFinding {
  const nearest = nearestName(rule, known);
  const hint = nearest === undefined ? "flurry check --rules lists them" : `did you mean "${nearest}"?`;
  return { rule: "unknown-ignore", severity: "warning", file, line, message: `there is no rule "${rule}"`, hint };
}

function ignoredLines(file: string, { nixFiles, text }: CheckRepository): Ignored {
  const nix = nixFiles.find(({ path }) => path === file);
  if (nix === undefined) return fromComments(commentsOf(text(file) ?? ""));
  return fromComments(nix.tokens.flatMap((token) => (token.kind === "comment" ? [token] : [])));
}

/** Comments of YAML and the like; a `#` within quotes that says "flurry: ignore" is nobody's accident. */
function commentsOf(content: string): readonly { readonly line: number; readonly text: string }[] {
  return content.split("\n").flatMap((line, index) => {
    const at = line.indexOf("# flurry:");
    return at === -1 ? [] : [{ line: index + 1, text: line.slice(at) }];
  });
}

function fromComments(comments: readonly { readonly line: number; readonly text: string }[]): Ignored {
  const lines = new Map<number, readonly string[]>();
  for (const { line, text } of comments) {
    const rules =
      pattern
        .exec(text)
        ?.groups?.["rules"]?.split(/[,\s]+/)
        .filter((rule) => rule !== "") ?? [];
    for (const each of [line, line + 1]) if (rules.length > 0) lines.set(each, [...(lines.get(each) ?? []), ...rules]);
  }
  return lines;
}
