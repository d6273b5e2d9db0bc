import { formatHelp, secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets exec-env`. */
export const execEnvHelp = `Run a command with the values of a file as environment variables.

Usage: flurry secrets exec-env FILE [flags] -- CMD [ARG...]

As with sops, exec-env FILE 'CMD' gives one text to /bin/sh. Only values at the top level can be variables.

Run:
      --pristine           nothing else but PATH in the environment of the command
${formatHelp}
${secretsGlobalHelp}
Exit code: that of the command. On Linux root and the same user can read the environment of a process; exec-file shows less.

Examples:
  flurry secrets exec-env secrets/app.env -- ./serve
  flurry secrets exec-env secrets/app.yaml './serve --user $USER_NAME'
`;
