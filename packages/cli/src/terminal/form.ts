import type { Readable, Writable } from "node:stream";

import { select, text } from "@clack/prompts";
import type { Option } from "@clack/prompts";
import { FlurryError } from "@flurry/core";

import type { ChoiceQuestion, FormQuestions } from "./form-questions.ts";

/** Asks on a terminal. The questions go to standard error, since standard output is for results. */
export function terminalForm(streams: { readonly input: Readable; readonly output: Writable }): FormQuestions {
  return {
    text: async ({ message, initial, check }) => {
      const validate = (answer: string | undefined): string | undefined => check?.(answer ?? "");
      return answered(await text({ ...streams, message, initialValue: initial, validate }));
    },
    choice: async <Answer extends string>({ message, choices, initial }: ChoiceQuestion<Answer>): Promise<Answer> => {
      const options = choices.map(({ value, label, hint = "" }): Option<string> => ({ value, label, hint }));
      const answer = answered(await select({ ...streams, message, options, initialValue: initial }));
      return choices.find(({ value }) => value === answer)?.value ?? initial;
    },
  };
}

function answered<Answer>(answer: Answer): Exclude<Answer, symbol> {
  if (isAnswer(answer)) return answer;
  throw new FlurryError("FLURRY_ABORTED", "the question was cancelled; nothing was changed");
}

function isAnswer<Answer>(answer: Answer): answer is Exclude<Answer, symbol> {
  return typeof answer !== "symbol";
}
