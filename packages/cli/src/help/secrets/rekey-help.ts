import { secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets rekey`. */
export const rekeyHelp = `Bring the recipients of files to what the policy says: all files or none, also when the machine crashes.

Usage: flurry secrets rekey [FILE|FOLDER...] [flags]

Only files that differ from the policy are touched, and of these only what has to change: the keys wrapped for other
recipients stay the same bytes. A file that loses a reader gets a new data key. A rekeying that was interrupted is
brought to its end by the next one.

      --plan               say what would be done; no key is needed
      --dry-run            the same
      --keep-data-key      also of files that lose a reader, who knows that key (sops updatekeys does so)
      --unknown            also age files of which nobody can tell whether their recipients are right

${secretsGlobalHelp}
Examples:
  flurry secrets rekey --plan
  flurry secrets rekey secrets/nas.yaml
  flurry secrets rekey -y -i ~/.ssh/id_ed25519
`;
