import { FlurryError, nearestName } from "@flurry/core";
import {
  AliasNotFoundError,
  ArgumentParseError,
  EnumValidationError,
  FlagNotFoundError,
  InvalidNegatedFlagSyntaxError,
  UnexpectedFlagError,
  UnsatisfiedFlagError,
} from "@stricli/core";

import { commandNames } from "./application.ts";
import { secretsCommandNames } from "./secrets-routes.ts";

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

/** What the parser has against a command line, as an error for people. */
export function usageError(exception: unknown, command: string): FlurryError {
  const seeHelp = `see flurry ${command} --help`;
  const usage = (message: string, hint: string = seeHelp): FlurryError =>
    new FlurryError("FLURRY_USAGE", message, { hint });
  if (exception instanceof FlagNotFoundError) {
    const nearest = nearestName(exception.input, exception.corrections);
    const elsewhere = overHosts.has(command) ? otherSpellings[kebab(exception.input)] : undefined;
    const name = exception.aliasName === undefined ? `--${exception.input}` : `-${exception.aliasName}`;
    return usage(
      `flurry ${command} has no flag ${name}`,
      elsewhere ?? (nearest === undefined ? seeHelp : `did you mean --${kebab(nearest)}?`),
    );
  }
  if (exception instanceof AliasNotFoundError) return usage(`flurry ${command} has no flag -${exception.input}`);
  if (exception instanceof EnumValidationError) {
    const { externalFlagName, input, values } = exception;
    const nearest = nearestName(input, values);
    return usage(
      `--${kebab(externalFlagName)} cannot be "${input}"`,
      nearest === undefined ? `it is one of ${values.join(", ")}` : `did you mean ${nearest}?`,
    );
  }
  if (exception instanceof ArgumentParseError) {
    const { externalFlagNameOrPlaceholder, exception: reason } = exception;
    const message = reason instanceof Error ? reason.message : String(reason);
    return usage(`--${kebab(externalFlagNameOrPlaceholder)}: ${message}`.replace("--SEL", "selector"));
  }
  if (exception instanceof UnsatisfiedFlagError) return usage(`--${kebab(exception.externalFlagName)} needs a value`);
  if (exception instanceof UnexpectedFlagError)
    return usage(`--${kebab(exception.externalFlagName)} was given more than once`);
  if (exception instanceof InvalidNegatedFlagSyntaxError)
    return usage(`--${kebab(exception.externalFlagName)} takes no value`);
  return usage(exception instanceof Error ? exception.message : String(exception));
}

/** The error for a command that does not exist, or that is missing. */
export function unknownCommand(word: string | undefined): FlurryError {
  if (word === undefined)
    return new FlurryError("FLURRY_USAGE", "the command is missing", {
      hint: `it is one of ${commandNames.join(", ")}`,
    });
  const nearest = nearestName(word, commandNames);
  return new FlurryError("FLURRY_USAGE", `there is no command "${word}"`, {
    hint: nearest === undefined ? `the commands are ${commandNames.join(", ")}` : `did you mean flurry ${nearest}?`,
  });
}

/** The error for a command of `flurry secrets` that does not exist. */
export function unknownSecretsCommand(word: string): FlurryError {
  const nearest = nearestName(word, secretsCommandNames);
  return new FlurryError("FLURRY_USAGE", `there is no command "secrets ${word}"`, {
    hint: nearest === undefined ? "see flurry secrets --help" : `did you mean flurry secrets ${nearest}?`,
  });
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
