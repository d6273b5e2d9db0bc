import { access, readFile, readdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

import { parseFleetYaml, renderIssue } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { repositoryRoot } from "../src/index.ts";

/** Everything in Markdown that people read, fixtures and what is generated aside. */
const documents = await markdownFiles(repositoryRoot);

describe.each(documents)("%s", (document) => {
  it("links to files that exist", async () => {
    const text = withoutCode(await readFile(join(repositoryRoot, document), "utf8"));
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
    const files = links.filter((link) => !/^(https?:|mailto:|#)/.test(link)).map((link) => link.replace(/#.*$/, ""));
    const broken: string[] = [];
    for (const file of files) {
      const there = await access(join(repositoryRoot, dirname(document), file)).then(
        () => true,
        () => false,
      );
      if (!there) broken.push(file);
    }
    expect(broken).toEqual([]);
  });

  it("shows fleet files that are right", async () => {
    const text = await readFile(join(repositoryRoot, document), "utf8");
    for (const fleet of fleetFiles(text)) {
      const result = parseFleetYaml(fleet, { file: document });
      expect(result.ok ? [] : result.issues.map(renderIssue)).toEqual([]);
    }
  });
});

it("finds the documents", () => {
  expect(documents).toEqual(
    expect.arrayContaining(["README.md", "CONTRIBUTING.md", "docs/errors.md", "packages/cli/README.md"]),
  );
});

async function markdownFiles(root: string): Promise<readonly string[]> {
  const leftOut = new Set(["node_modules", "dist", "fixtures", ".git", ".turbo", ".flurry", ".changeset", "coverage"]);
  const found: string[] = [];
  const walk = async (directory: string): Promise<void> => {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (leftOut.has(entry.name)) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (entry.name.endsWith(".md") && entry.name !== "CHANGELOG.md") found.push(relative(root, path));
    }
  };
  await walk(root);
  return found.sort();
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```.*?^```/gms, "").replaceAll(/`[^`\n]*`/g, "");
}

/** Blocks of YAML that are a whole fleet file: they have hosts at the top level. */
function fleetFiles(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(/^```yaml\n(.*?)^```/gms)].map((match) => match[1] ?? "");
  return blocks.filter((block) => /^hosts:/m.test(block));
}
