import { formatHelp, secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets exec-file`. */
export const execFileHelp = `Run a command that reads a file in clear, from a named pipe that is gone afterwards.

Usage: flurry secrets exec-file FILE [flags] -- CMD [ARG...]

{} in the command becomes the name of the pipe. As with sops, exec-file FILE 'CMD' gives one text to /bin/sh. The
command may read it as often as it likes. One that seeks in it, or asks for its size, needs --no-fifo.

Run:
      --filename NAME      the name of the file in clear                     (default: that of the encrypted one)
      --no-fifo            a file in memory (mode 0600) instead of a pipe, removed afterwards
      --allow-disk         with --no-fifo: write in TMPDIR where neither XDG_RUNTIME_DIR nor /dev/shm is in memory
${formatHelp}
${secretsGlobalHelp}
Exit code: that of the command.

Examples:
  flurry secrets exec-file secrets/tls.key -- openssl rsa -in {} -check
  flurry secrets exec-file secrets/app.yaml 'grep -c . {}'
`;
