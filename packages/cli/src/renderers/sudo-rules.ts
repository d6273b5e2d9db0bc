/** What a rule is written for. */
export type SudoRuleFormat = "nix" | "sudoers" | "doas";

/**
 * What Flurry runs as root on a host: its supervisor and health checks through `sh`, and nothing else by another name.
 * Whoever may replace the system of a host is root on it in any case; the rule keeps everything else behind the password.
 */
const commands = ["sh -c *", "systemctl is-active -- *", "curl *"] as const;

const programs = "/run/current-system/sw/bin";

/** The rule that lets a user deploy without a password, in one of the formats that hosts read. */
export function renderSudoRule(user: string, format: SudoRuleFormat): string {
  switch (format) {
    case "nix":
      return nixModule(user);
    case "sudoers":
      return commands.map((command) => `${user} ALL=(root) NOPASSWD: ${programs}/${command}\n`).join("");
    case "doas":
      // doas has no patterns for arguments.
      return commands
        .map((command) => command.split(" ")[0] ?? "")
        .map((program) => `permit nopass ${user} as root cmd ${program}\n`)
        .join("");
  }
}

function nixModule(user: string): string {
  const rules = commands.map(
    (command) => `        { command = "${programs}/${command}"; options = [ "NOPASSWD" ]; }\n`,
  );
  return `# Lets ${user} deploy to this host with Flurry: take closures from it, and run what a deployment runs as root.
{
  nix.settings.trusted-users = [ "${user}" ];
  security.sudo.extraRules = [
    {
      users = [ "${user}" ];
      runAs = "root";
      commands = [
${rules.join("")}      ];
    }
  ];
}
`;
}
