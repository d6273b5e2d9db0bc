import { FlurryError, nearestName } from "@flurry/core";
import {
  AliasNotFoundError,
  ArgumentParseError,
  EnumValidationError,
  FlagNotFoundError,
  InvalidNegatedFlagSyntaxError,
  UnexpectedFlagError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from "@stricli/core";

import { commandNames } from "./application.ts";
import { secretsCommandNames } from "./secrets-routes.ts";
import { flagHere, sopsCommandHere } from "./spellings-elsewhere.ts";

/** What the parser has against a command line, as an error for people. */
export function usageError(exception: unknown, command: string): FlurryError {
  const seeHelp = `see flurry ${command} --help`;
  const usage = (message: string, hint: string = seeHelp): FlurryError =>
    new FlurryError("FLURRY_USAGE", message, { hint });
  if (exception instanceof FlagNotFoundError) {
    const nearest = nearestName(exception.input, exception.corrections);
    const elsewhere = flagHere(command, kebab(exception.input));
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
  return usage(exception instanceof Error ? exception.message : String(exception), missingHint(exception, command));
}

/** With sops, -i is what --in-place is here. */
function missingHint(exception: unknown, command: string): string | undefined {
  if (!(exception instanceof UnsatisfiedPositionalError) || !/^secrets (?:en|de)crypt$/.test(command)) return undefined;
  return "-i names private keys; to write in the place of the file: --in-place FILE";
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
  const nearest = sopsCommandHere(word) ?? nearestName(word, secretsCommandNames);
  return new FlurryError("FLURRY_USAGE", `there is no command "secrets ${word}"`, {
    hint: nearest === undefined ? "see flurry secrets --help" : `did you mean flurry secrets ${nearest}?`,
  });
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
