/** Flags that every command takes. */
export const globalHelp = `Where:
  -C, --directory DIR      do everything as if started in DIR
      --flake REF          the flake to use instead of the one found from here upward   [env FLURRY_FLAKE]
      --ssh-config FILE    the ssh_config to use                                        [env SSH_CONFIG_FILE]
      --ask-sudo-password  ask once for the password that sudo wants on the hosts

Output:
      --json               print the result as JSON on standard output
      --log-format FORMAT  auto, terminal, lines or json: how progress is shown on standard error
      --color WHEN         auto, always or never                            [env NO_COLOR, FORCE_COLOR]
  -q, --quiet              show no progress
  -v, --verbose            show all logs and the full text of errors
  -y, --yes                answer every question with yes
  -h, --help               this text
`;

/** How hosts are chosen. */
export const selectorHelp = `Hosts (SEL): names, globs and @tags with !, and, or and parentheses; none means every host.
  nas compute              these two
  'web-*'                  a glob
  '@edge and !gateway'     every host with the tag edge but one
  .#nas                    host nas of the flake here, as deploy-rs spells it
  -                        names from standard input
`;

/** The flag of every command that can do its work on the machine that it is called on. */
export const localHelp = `      --local              this very machine, without ssh: the host that it is called, or the one named
`;

/** Flags of every command that evaluates. */
export const evaluationHelp = `Evaluation:
      --refresh            evaluate every host, whatever is remembered of it
      --no-eval-cache      neither use nor keep what evaluations came to
`;

/** The flag of every command that builds. */
export const buildOnHelp = `      --build-on PLACE     local, target (each host builds its own), a host that builds, or ssh-ng://user@builder
`;

/** Flags that are handed on to Nix. */
export const nixHelp = `Nix:
      --max-jobs N         how many derivations to build at a time (or auto)
      --cores N            how many cores one build may use (0: all)
      --builders SPEC      remote builders, as in nix.conf
      --option NAME VALUE  an option of nix.conf; may be given several times
`;
