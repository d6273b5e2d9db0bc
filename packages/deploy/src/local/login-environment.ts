/** What a login gives to a command: where it is and who it runs as, and nothing that configures Nix or holds a secret. */
const inherited: readonly string[] = [
  "HOME",
  "LANG",
  "LOGNAME",
  "PATH",
  "SHELL",
  // The host keeps the place at which the operator came in, see the supervisor's contact_place.
  "SSH_CONNECTION",
  "TZ",
  "USER",
  "XDG_RUNTIME_DIR",
];

/** The deployer's environment, cut down to what sshd would have given to a command. */
export function loginEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(inherited.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
