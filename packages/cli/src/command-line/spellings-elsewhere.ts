/** Flags of deploy-rs and Colmena that are said in another way here. */
const otherSpellings: Readonly<Record<string, string>> = {
  on: "hosts are words: flurry deploy nas 'edge-*' @web",
  targets: "hosts are words: flurry deploy nas .#edge",
  interactive: "flurry plan --out FILE shows what would happen, flurry deploy --plan FILE does it",
  "skip-checks": "no checks are run: leave it away; flurry check runs them",
  "ssh-user": "say sshUser of the host, or User in ssh_config (--ssh-config FILE)",
  "ssh-opts": "say sshOptions of the host, or write an ssh_config (--ssh-config FILE)",
  hostname: "say the address of the host, or HostName in ssh_config (--ssh-config FILE)",
  "remote-build": "--build-on target",
  "build-on-target": "--build-on target",
  "fast-connection": "say substituteOnDestination of the host",
  "no-substitute": "say substituteOnDestination: false of the host",
  "rollback-succeeded": "say rollout: { onFailure: revert-all } of the fleet",
  "keep-result": "flurry build --out-link",
  "nix-option": "--option NAME VALUE",
};

const overHosts: ReadonlySet<string> = new Set(["deploy", "build", "plan", "eval", "status", "exec", "upload-keys"]);

/** Flags of sops that are said in another way here. */
const sopsSpellings: Readonly<Record<string, string>> = {
  "value-file": "--from-file FILE",
  "value-stdin": "not needed: a value is read from standard input where that is no terminal",
  file: "--from-file FILE",
  "add-age": "say in the policy who may read it, then flurry secrets rekey; for a host: flurry secrets add-host",
  "rm-age": "take them out of the policy: flurry secrets revoke NAME",
  "add-pgp": "say in the policy who may read it, then flurry secrets rekey",
  "rm-pgp": "take them out of the policy: flurry secrets revoke NAME",
  "in-place": "not needed: the file itself is changed",
  config: "SOPS_CONFIG=FILE names another .sops.yaml",
  user: "run the command as that user: sudo -u",
};

/** Commands of sops that have another name here. */
const sopsCommands: Readonly<Record<string, string>> = { updatekeys: "rekey" };

/** How a flag that is known elsewhere is said here; undefined for one that nobody knows. */
export function flagHere(command: string, flag: string): string | undefined {
  if (overHosts.has(command)) return otherSpellings[flag];
  return command.startsWith("secrets ") ? sopsSpellings[flag] : undefined;
}

/** What a command of sops is called here. */
export function sopsCommandHere(word: string): string | undefined {
  return sopsCommands[word];
}
