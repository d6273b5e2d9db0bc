import type { Colors } from "./colors.ts";

/** What `flurry init` did. */
export interface NewFleetView {
  readonly directory: string;
  readonly files: readonly string[];
  /** Whether the inputs of the flake are pinned. */
  readonly locked: boolean;
  readonly dryRun: boolean;
}

/** The files of a new fleet as a tree of folders, and what to do next. */
export function renderNewFleet(
  { files, locked, dryRun }: NewFleetView,
  {
    colors,
    go,
    hosts,
  }: { readonly colors: Colors; readonly go: string | undefined; readonly hosts: readonly { readonly name: string }[] },
): string {
  const folders = new Map<string, string[]>();
  for (const path of files) {
    const slash = path.lastIndexOf("/");
    const folder = slash === -1 ? "" : path.slice(0, slash + 1);
    folders.set(folder, [...(folders.get(folder) ?? []), path.slice(slash + 1)]);
  }
  const lines = [...folders].map(([folder, names]) => `  ${colors.dim(folder)}${names.join(" ")}`);
  const head = dryRun ? `${files.length} files would be written:` : `${files.length} files written:`;
  const next = [
    ...(go === undefined ? [] : [go]),
    ...(locked ? [] : ["nix flake lock"]),
    "npm install",
    `flurry deploy ${hosts[0]?.name ?? ""} --dry-run`.trimEnd(),
    "flurry host add NAME --address ADDRESS",
  ];
  const after = dryRun ? "" : `\nNext:\n${next.map((line) => `  ${line}\n`).join("")}`;
  return `${colors.bold(head)}\n${lines.join("\n")}\n${after}`;
}
