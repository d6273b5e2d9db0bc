import { globalHelp } from "./shared-help.ts";

/** Help of `flurry host`. */
export const hostHelp = `Add, remove and list the hosts of a fleet.yaml.

Usage: flurry host ls
       flurry host add NAME [flags]
       flurry host rm NAME [flags]

\`add\` asks the machine for its ssh key and pins it, reads its hardware and its address, writes hosts/NAME/, renders
what is generated, and keys the secrets anew that it is to read. All of it or nothing: when a step fails, everything is
as it was. \`rm\` takes the host out again, keys anew what it could read, and lists the secrets that it may still know.

Host:
      --address ADDRESS    where ssh finds it; may be given several times                 (default: its name)
      --tag TAG            a tag; may be given several times
      --module NAME        a module of modules/ that it imports; may be given several times
      --system SYSTEM      its Nix system                        (default: what it says, else the fleet's)
      --ssh-user USER      who logs in to deploy                                   (default: the fleet's)
      --port PORT          its ssh port
      --jump HOST          the way there, as for ssh -J

Key:
      --key KEY            its public ssh key, in quotes: "ssh-ed25519 AAAA…"
      --scan               its key has to be fetched from it; without, a host that is off is added without one
      --offline            do not connect to it at all

Doing:
      --no-rekey           leave the files of secrets as they are, for whoever cannot open them
      --dry-run            show what would be written

${globalHelp}
Examples:
  flurry host ls
  flurry host add media --address 192.0.2.20 --tag apps --module docker-host
  flurry host add attic --address 192.0.2.21 --ssh-user deploy --key 'ssh-ed25519 AAAA…'
  flurry host rm media
`;
