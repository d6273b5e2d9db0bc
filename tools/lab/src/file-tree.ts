import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What to write below a directory: text files and links by their path; a path that ends in "/" is an empty directory. */
export type FileTree = Readonly<Record<string, string | { readonly link: string }>>;

/** Writes a tree of files into a directory, which is made when it is missing. */
export async function writeTree(directory: string, tree: FileTree): Promise<void> {
  const entries = Object.entries(tree);
  const directories = new Set(
    entries.map(([path]) => (path.endsWith("/") ? join(directory, path) : dirname(join(directory, path)))),
  );
  await Promise.all([...directories].map((path) => mkdir(path, { recursive: true })));
  await Promise.all(
    entries
      .filter(([path]) => !path.endsWith("/"))
      .map(([path, content]) =>
        typeof content === "string"
          ? writeFile(join(directory, path), content)
          : symlink(content.link, join(directory, path)),
      ),
  );
}
