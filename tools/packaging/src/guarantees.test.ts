import { existsSync, readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

const file = new URL("../../../docs/guarantees.md", import.meta.url);
const text = readFileSync(file, "utf8");

interface Reference {
  readonly path: string;
  /** The title of a test, as it stands in the source. */
  readonly title: string;
}

/** Tests are named behind a link to their file, in typographic quotes, several of one file with commas. */
const references: readonly Reference[] = [...text.matchAll(/\[[^\]]+\]\(([^)]+\.test\.ts)\) “([^”]+)”/g)].map(
  ([, path = "", title = ""]) => ({ path, title }),
);

function section(title: string): string {
  const [, after = ""] = text.split(`## ${title}\n`);
  return after.split("\n## ")[0] ?? "";
}

function numberedRows(title: string): readonly string[] {
  return section(title)
    .split("\n")
    .filter((line) => /^\| \d+ /.test(line));
}

/** Titles stand in the source as one string, in whichever quotes, behind it, describe or in a table of cases. */
function titlesOf(path: string): string {
  const source = readFileSync(new URL(path, file), "utf8");
  return source.replaceAll(String.raw`\"`, '"').replaceAll("\\`", "`");
}

describe("docs/guarantees.md", () => {
  it.each(references.map(({ path, title }) => [title, path] as const))(
    "names a test that exists: %s",
    (title, path) => {
      const quotes = ['"', "'", "`"];
      const source = titlesOf(path);
      expect(quotes.some((quote) => source.includes(`${quote}${title}${quote}`))).toBe(true);
    },
  );

  it("links to files that exist", () => {
    const links = [...text.matchAll(/\]\((\.\.?\/[^)#]+)\)/g)].map(([, path = ""]) => path);
    expect(links.filter((path) => !existsSync(new URL(path, file)))).toEqual([]);
    expect(references.length).toBeGreaterThan(60);
  });

  it("has a test for each of the twenty-seven ways in which hosts were stranded", () => {
    const rows = numberedRows("Where deployments have stranded hosts");
    expect(rows.map((row) => Number(/\d+/.exec(row)?.[0]))).toEqual(
      Array.from({ length: 27 }, (_, index) => index + 1),
    );
    expect(rows.filter((row) => !/\.test\.ts\) “/.test(row))).toEqual([]);
  });

  it("has every row of the failure matrix", () => {
    const rows = numberedRows("The failure matrix");
    expect(rows).toHaveLength(19);
    expect(rows.filter((row) => !/\.test\.ts\) “/.test(row))).toEqual([]);
  });
});
