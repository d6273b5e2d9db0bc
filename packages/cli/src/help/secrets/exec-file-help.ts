import { formatHelp, secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets exec-file`. */
export const execFileHelp = `Run a command that reads a file in clear, which is in memory only and gone afterwards.

Usage: flurry secrets exec-file FILE [flags] -- CMD [ARG...]

{} in the command becomes the name of the file. As with sops, exec-file FILE 'CMD' gives one text to /bin/sh.

Run:
      --filename NAME      the name of the file in clear                     (default: that of the encrypted one)
      --allow-disk         write in TMPDIR where neither XDG_RUNTIME_DIR nor /dev/shm is in memory
${formatHelp}
${secretsGlobalHelp}
Exit code: that of the command.

Examples:
  flurry secrets exec-file secrets/tls.key -- openssl rsa -in {} -check
  flurry secrets exec-file secrets/app.yaml 'grep -c . {}'
`;
