/** The shells whose completion Flurry knows. */
export const shells = ["bash", "zsh", "fish"] as const;

/** One of {@link shells}. */
export type Shell = (typeof shells)[number];

/** True for the name of a shell that is known. */
export function isShell(text: string): text is Shell {
  return shells.some((shell) => shell === text);
}

/**
 * What a shell reads to complete command lines of Flurry. Each asks `flurry completion words` with the line so far, so that it
 * is never older than Flurry itself.
 */
export const shellScripts: Readonly<Record<Shell, string>> = {
  // Bash cuts words at @ and : too, and takes its candidates without what stands before the last of them.
  bash: `_flurry() {
  local line=\${COMP_LINE:0:COMP_POINT} word found
  word=\${line##*[[:space:]]}
  local before=\${word%"\${word##*[@:=]}"}
  COMPREPLY=()
  while IFS= read -r found; do
    COMPREPLY+=("\${found#"$before"}")
  done < <(flurry completion words -- "$line" 2>/dev/null)
}
complete -o default -F _flurry flurry
`,
  zsh: `#compdef flurry
_flurry() {
  local -a found
  found=("\${(@f)$(flurry completion words -- "\${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
  if [[ -n $found ]]; then compadd -- $found; else _files; fi
}
compdef _flurry flurry
`,
  fish: `complete --command flurry --no-files --arguments '(flurry completion words -- (commandline --cut-at-cursor --current-process | string collect) 2>/dev/null)'
complete --command flurry --condition '__fish_seen_subcommand_from import init secrets plan' --force-files
`,
};
