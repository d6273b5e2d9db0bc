import * as z from "zod";

import type { Complaint } from "../../complaint.ts";
import { quoted } from "../../complaint.ts";
import { checkJump, checkPlace } from "../../fleet/address.ts";
import { checkBuildPlace } from "../../fleet/build-place.ts";
import { hasControl } from "../../fleet/flake-names.ts";
import { checkUserName } from "../../fleet/names.ts";
import { choice, complains, duration, flag, port, text, texts } from "./values.ts";

/** How a host is reached and deployed: under `defaults.deploy` for all, under `hosts.<name>.deploy` for one. */
export const deploySchema = z
  .strictObject({
    sshUser: text("The user to log in as. Without it the ssh configuration decides.", checkUserName).optional(),
    user: text("The user that the new system is activated as. Default: root.", checkUserName).optional(),
    port: port("The ssh port. Without it the ssh configuration decides.").optional(),
    sshOptions: texts('Further words for ssh, for example ["-o", "Compression=yes"].', checkWord).optional(),
    identityFile: text("A private key file for ssh.", checkPath).optional(),
    identityFiles: texts("Private key files for ssh, tried in order.", checkPath).optional(),
    jump: text("Jump hosts as in ssh's ProxyJump: [user@]host[:port], several with commas.", checkJump).optional(),
    hostKeyPolicy: choice(
      ["strict", "accept-new"],
      "What to do with a host key that nobody knows yet. A changed key is always refused.",
    ).optional(),
    confirmTimeout: duration(
      "How long the host waits for the confirmation before it goes back to its old system. Default: 240s.",
      { atLeastMs: 1000 },
    ).optional(),
    activationTimeout: duration("How long the activation of the new system may take. Default: 600s.", {
      atLeastMs: 1000,
    }).optional(),
    substituteOnDestination: flag(
      "Let the host fetch what it can from its own binary caches, unless it lacks less than 1 MiB. Default: false.",
    ).optional(),
    magicRollback: flag(
      "Go back to the old system when the host cannot be reached on the new one. Default: true.",
    ).optional(),
    autoRollback: flag("Go back to the old system when the activation fails. Default: true.").optional(),
    unitFailure: choice(
      ["strict", "degraded", "ignore"],
      "What failed units of the new system mean: strict reverts, degraded keeps it and reports them, ignore does not look. Default: degraded.",
    ).optional(),
    unreachable: choice(
      ["fail", "skip"],
      "What a host that cannot be reached means for the run. Default: rollout.unreachable, else fail.",
    ).optional(),
    lostContact: choice(
      ["auto", "reboot", "stay"],
      "What a host does that went back and cannot be reached there either: auto reboots when its address or ssh port is gone, reboot whenever nobody asks it in time, stay never. Default: auto.",
    ).optional(),
    confirmVia: texts(
      "Addresses (with :port where it changes) at which the host is found once it runs the new system; it is confirmed only there.",
      checkPlace,
    ).optional(),
    askSudoPassword: flag(
      "Ask once for the password that sudo wants (doas and run0 want a terminal, and a rule without one). Default: false.",
    ).optional(),
    checkSignatures: flag("Only copy store paths that carry a signature the host trusts. Default: false.").optional(),
    replaceUnknownProfiles: flag(
      "Whether a host is deployed that runs a system which the deploying machine's store does not have. Default: true.",
    ).optional(),
    buildOn: text(
      "Where the system is built: local, target (the host itself), another host of the fleet, or a store such as ssh-ng://root@builder. Default: local.",
      checkBuildPlace,
    ).optional(),
    local: z
      .union([z.boolean(), z.literal("only")], { error: "expected true, false or only" })
      .meta({
        description:
          "Whether the host is deployed without ssh where Flurry runs on that very machine: true, false, or only (nobody reaches it over ssh). Default: false.",
      })
      .optional(),
    sudo: z
      .union([z.string().check(complains(checkSudo)), z.array(z.string().check(complains(checkWord))).min(1)], {
        error: "expected the words of a command, for example [doas] or sudo -n --",
      })
      .meta({ description: "The words before a command that make it run as user. Default: sudo -n --." })
      .optional(),
  })
  .meta({ id: "deploy", description: "How hosts are reached and deployed." });

/** What {@link deploySchema} accepts. */
export type DeployInput = z.infer<typeof deploySchema>;

function checkWord(word: string): Complaint | undefined {
  if (word === "") return { message: "an empty word is no option" };
  return hasControl(word) ? { message: `${quoted(word)} has control characters` } : undefined;
}

/** What is wrong with a path of the deployer's machine. */
export function checkPath(path: string): Complaint | undefined {
  if (path === "") return { message: "the path is empty" };
  if (/PRIVATE KEY/.test(path)) {
    return { message: "this is a private key", hint: "give the path of its file, and replace the key: it has leaked" };
  }
  if (path.startsWith("-") || hasControl(path)) {
    return { message: `${quoted(path)} is not a path`, hint: "begin it with ./, / or ~/" };
  }
  return undefined;
}

function checkSudo(command: string): Complaint | undefined {
  if (command.trim() === "") return { message: "the command is empty", hint: "for example [doas] or sudo -n --" };
  if (!/["'`$\\;&|<>()]/.test(command) && !hasControl(command)) return undefined;
  return {
    message: `${quoted(command)} has characters that only a shell understands`,
    hint: "write the words as a list: [sudo, -n, --]",
  };
}
