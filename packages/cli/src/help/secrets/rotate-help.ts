import { secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets rotate`. */
export const rotateHelp = `Give files a new data key and seal every value anew, for the readers that the policy says: all files or none.

Usage: flurry secrets rotate [FILE|FOLDER...] [flags]

Unlike sops, which takes the recipients from the file, where nothing authenticates them.

      --dry-run            say which files

${secretsGlobalHelp}
Examples:
  flurry secrets rotate
  flurry secrets rotate secrets/nas.yaml
`;
