import type { Issue } from "@flurry/core";
import { deployDefaults, sudoFor } from "@flurry/schema";
import type { DeployOptions, Host } from "@flurry/schema";

import { apply, attrSet, bind, ref } from "../nix/builders.ts";
import type { NixBinding, NixExpression } from "../nix/syntax.ts";
import { configurationName } from "./hosts.ts";
import type { RenderedInputs } from "./inputs.ts";
import { nodeProfiles } from "./profiles.ts";
import { sshWords } from "./ssh-words.ts";

/** deploy-rs reads its timeouts as 16 bits. */
const longestTimeout = 65_535;

/**
 * The `deploy` output: what holds for Flurry by default above, and for each host what it has otherwise. So that
 * deploy-rs does what Flurry does, where it can.
 *
 * @see https://github.com/serokell/deploy-rs/blob/master/interface.json
 */
export function deployOutput(hosts: readonly Host[], inputs: RenderedInputs): NixBinding {
  const common = generic(deployDefaults);
  return bind(
    "deploy",
    attrSet([
      ...Object.entries(common).map(([name, value]) => bind(name, value)),
      bind("nodes", attrSet(hosts.map((host) => bind(host.name, node(host, inputs, common))))),
    ]),
  );
}

type Generic = Readonly<Record<string, number | boolean>>;

/** The options that deploy-rs knows with the same meaning. */
function generic(deploy: DeployOptions): Generic {
  return {
    activationTimeout: seconds(deploy.activationTimeoutMs),
    autoRollback: deploy.autoRollback,
    confirmTimeout: seconds(deploy.confirmTimeoutMs),
    // What deploy-rs calls a fast connection is one over which the host gets everything from the deployer.
    fastConnection: !deploy.substituteOnDestination,
    magicRollback: deploy.magicRollback,
  };
}

function seconds(ms: number): number {
  return Math.min(Math.round(ms / 1000), longestTimeout);
}

function node(host: Host, inputs: RenderedInputs, common: Generic): NixExpression {
  const { deploy } = host;
  const own = Object.entries(generic(deploy)).filter(([name, value]) => common[name] !== value);
  const sshOpts = sshOptions(deploy);
  const sudo = sudoText(deploy);
  return attrSet([
    bind("hostname", host.addresses[0] ?? host.name),
    ...(deploy.sshUser === undefined ? [] : [bind("sshUser", deploy.sshUser)]),
    ...(sshOpts.length === 0 ? [] : [bind("sshOpts", sshOpts)]),
    ...own.map(([name, value]) => bind(name, value)),
    // deploy-rs builds here or on the host itself.
    ...(deploy.buildOn.kind === "target" ? [bind("remoteBuild", true)] : []),
    ...(sudo === undefined ? [] : [bind("sudo", sudo)]),
    bind(
      ["profiles", "system"],
      attrSet([
        bind("user", deploy.user),
        bind(
          "path",
          apply(
            ref("inputs", inputs.deployRs, "lib", host.system ?? "", "activate", "nixos"),
            ref("self", "nixosConfigurations", configurationName(host)),
          ),
        ),
      ]),
    ),
    ...nodeProfiles(host, inputs.deployRs),
  ]);
}

/** What Flurry tells ssh, as words for its command line. */
function sshOptions(deploy: DeployOptions): readonly string[] {
  const { sshPort, hostKeyPolicy } = deploy;
  const policies = { strict: "yes", "accept-new": "accept-new" } as const;
  return [
    ...(sshPort === undefined ? [] : ["-p", String(sshPort)]),
    ...(hostKeyPolicy === undefined ? [] : ["-o", `StrictHostKeyChecking=${policies[hostKeyPolicy]}`]),
    ...sshWords(deploy),
  ];
}

/** deploy-rs appends the user to its `sudo`. Undefined where deploy-rs' own default, `sudo -u`, is what is meant. */
function sudoText({ sudo, user }: DeployOptions): string | undefined {
  if (sudo.join(" ") === sudoFor(user).join(" ")) return undefined;
  const words = sudo.at(-1) === "--" ? sudo.slice(0, -1) : sudo;
  return words.at(-1) === user ? words.slice(0, -1).join(" ") : undefined;
}

/** What deploy-rs cannot do as Flurry does it. */
export function deployRsWarnings(host: Host): readonly Issue[] {
  const { deploy, name } = host;
  const warning = (path: readonly string[], message: string, hint?: string): Issue => {
    const rest = hint === undefined ? {} : { hint };
    return { code: "not-in-deploy-rs", severity: "warning", path: ["hosts", name, ...path], message, ...rest };
  };
  const tooLong = Math.max(deploy.confirmTimeoutMs, deploy.activationTimeoutMs) > longestTimeout * 1000;
  const customSudo = deploy.sudo.join(" ") !== sudoFor(deploy.user).join(" ");
  return [
    ...(/[A-z]/.test(name) ? [] : [warning([], "deploy-rs takes no node whose name has no letter")]),
    ...(tooLong ? [warning(["deploy"], `deploy-rs waits for ${longestTimeout} seconds at most`)] : []),
    ...(sshOptions(deploy).some((word) => /\s/.test(word))
      ? [
          warning(
            ["deploy", "sshOptions"],
            "deploy-rs and Colmena take an ssh option with blanks apart",
            "use ssh_config for it",
          ),
        ]
      : []),
    ...(customSudo && sudoText(deploy) === undefined
      ? [warning(["deploy", "sudo"], "deploy-rs appends the user to its sudo, so these words are left out there")]
      : []),
  ];
}
