import { formatHelp, recipientHelp, secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets edit`. */
export const editHelp = `Edit a file in your own editor. In clear it is only in memory.

Usage: flurry secrets edit FILE [flags]

The editor is SOPS_EDITOR, VISUAL or EDITOR, else vim, nano or vi. Vim, Neovim, Emacs and nano are told to keep no
swap, backup, undo and history files. What cannot be saved is shown in the editor again. A file that is not there is made.

Edit:
      --allow-disk         edit in TMPDIR where neither XDG_RUNTIME_DIR nor /dev/shm is in memory
${formatHelp}
${recipientHelp}
${secretsGlobalHelp}
Exit code: 200 when nothing was changed; then the file is as it was, byte for byte.

Examples:
  flurry secrets edit secrets/nas.yaml
  EDITOR='code --wait' flurry secrets edit wifi.age
  flurry secrets edit new.yaml --age age1...
`;
