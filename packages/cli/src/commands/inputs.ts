import { resolve } from "node:path";

import { FlurryError, nearestName } from "@flurry/core";

import type { InputsFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import type { CliContext } from "../context.ts";
import { lockAtRevision } from "../inputs/lock-at-revision.ts";
import { readLockPlace } from "../inputs/lock-place.ts";
import type { LockPlace } from "../inputs/lock-place.ts";
import { auditInputs, listInputs, showLockDiff } from "../inputs/show-inputs.ts";
import { updateInputs } from "../inputs/update-inputs.ts";
import { outputFor } from "../output.ts";
import { guarded } from "../run/guard.ts";
import type { Interruption } from "../run/interruption.ts";
import { startCommand } from "../run/start-command.ts";

const actions = ["ls", "audit", "update", "diff"] as const;

type Action = (typeof actions)[number];

/** `flurry inputs`: what the flake pins. */
export async function inputs(this: CommandScope, flags: InputsFlags, ...words: readonly string[]): Promise<void> {
  const { cli } = this;
  await guarded(this, flags, async (interruption) => {
    const [action, ...rest] = [actionOf(words[0]), ...words.slice(1)] as const;
    refuseExtras(action, rest, flags);
    const cwd = resolve(cli.cwd, flags.directory ?? ".");
    const place = await readLockPlace(cwd, flags.flake ?? (cli.env["FLURRY_FLAKE"] || undefined));
    return await act({ action, rest, place, cli, flags, interruption });
  });
}

function actionOf(word: string | undefined): Action {
  if (word === undefined) return "ls";
  const action = actions.find((each) => each === word);
  if (action !== undefined) return action;
  const nearest = nearestName(word, actions);
  throw new FlurryError("FLURRY_USAGE", `flurry inputs has no action "${word}"`, {
    hint: nearest === undefined ? `it has ${actions.join(", ")}` : `did you mean "${nearest}"?`,
  });
}

function refuseExtras(action: Action, rest: readonly string[], { commit, dryRun }: InputsFlags): void {
  const usage = (message: string, hint: string): never => {
    throw new FlurryError("FLURRY_USAGE", message, { hint });
  };
  if (action !== "update" && (commit === true || dryRun === true))
    usage(`--${commit === true ? "commit" : "dry-run"} belongs to flurry inputs update`, "flurry inputs --help");
  if (commit === true && dryRun === true) usage("--commit and --dry-run exclude each other", "leave one of them away");
  if (action === "diff" && (rest.length < 1 || rest.length > 2))
    usage("diff takes one revision or two", "for example: flurry inputs diff HEAD~1");
  if ((action === "ls" || action === "audit") && rest.length > 0)
    usage(`${action} takes no further words: ${rest.join(" ")}`, "flurry inputs --help");
}

interface Act {
  readonly action: Action;
  readonly rest: readonly string[];
  readonly place: LockPlace;
  readonly cli: CliContext;
  readonly flags: InputsFlags;
  readonly interruption: Interruption;
}

async function act({ action, rest, place, cli, flags, interruption }: Act): Promise<number> {
  const output = outputFor(cli, flags);
  switch (action) {
    case "ls":
      return listInputs(place, output, cli.now());
    case "audit":
      return auditInputs(place, output, cli.now());
    case "diff": {
      const parts = { services: await cli.loadServices(), env: cli.env, signal: interruption.signal };
      const [first = "", second] = rest;
      const before = await lockAtRevision(place, first, parts);
      const after = second === undefined ? place.lock : await lockAtRevision(place, second, parts);
      return showLockDiff({ before, after }, output);
    }
    case "update": {
      const start = await startCommand({ context: cli, flags, words: [], interruption });
      return await updateInputs(place, start, {
        inputs: rest,
        dryRun: flags.dryRun === true,
        commit: flags.commit === true,
        anyway: flags.yes === true,
      });
    }
  }
}
