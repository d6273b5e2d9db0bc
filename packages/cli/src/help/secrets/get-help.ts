import { formatHelp, secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets get`. */
export const getHelp = `Print one value of a file, or a whole file in clear.

Usage: flurry secrets get FILE [PATH] [flags]

PATH is smb.users[0] or, as sops writes it, '["smb"]["users"][0]'. A text is printed as it is, without a line feed
unless at a terminal; a map or list is printed as JSON. The file's MAC is verified first.

Get:
${formatHelp}
${secretsGlobalHelp}
Examples:
  flurry secrets get secrets/nas.yaml smb.password
  flurry secrets get secrets/nas.yaml '["smb"]["password"]' --json
  flurry secrets get wifi.age -i ~/.ssh/id_ed25519
`;
