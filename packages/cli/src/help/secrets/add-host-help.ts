import { secretsGlobalHelp } from "./shared.ts";

/** Help of `flurry secrets add-host`. */
export const addHostHelp = `Add a host to the policy and key the files that it is to read for it: all files and the policy, or none.

Usage: flurry secrets add-host NAME [flags]

Shows how the policy changes, and which files the host will read and why. In a fleet.yaml the key is pinned as hostKey
and the selectors of secrets say what the host reads; in a .sops.yaml it comes to the rules that are called after it and
to those that every host reads, unless you say otherwise. Hosts of sops get the age key that is converted from their ssh
key, as sops-nix wants it, hosts of agenix the ssh key itself. Comments and layout stay.

      --key KEY            the line of /etc/ssh/ssh_host_ed25519_key.pub, or an age recipient
      --key-file FILE      a file with it
      --scan ADDRESS       ask the host, at ADDRESS:PORT where it is not 22; compare the fingerprint where known_hosts does not know it
                           without these: the key that the fleet pins
      --file FILE          a file that it is to read; may be given several times
      --like HOST          what that host reads
      --replace            the host was installed anew and has another key
      --dry-run            say what would be done; no key is needed

${secretsGlobalHelp}
Examples:
  flurry secrets add-host gateway --scan 10.0.20.1
  flurry secrets add-host edge --scan '[fd00::1]:2222'
  flurry secrets add-host nas2 --key-file nas2.pub --like nas
`;
