/** A question that is answered with a line of text. */
export interface TextQuestion {
  readonly message: string;
  /** The answer that the line begins with. */
  readonly initial: string;
  /** Why an answer will not do; undefined if it will. */
  readonly check?: (answer: string) => string | undefined;
}

/** A question with a few answers. */
export interface ChoiceQuestion<Answer extends string> {
  readonly message: string;
  readonly choices: readonly { readonly value: Answer; readonly label: string; readonly hint?: string }[];
  readonly initial: Answer;
}

/** Whoever sits at the terminal. Whoever cancels a question throws a FlurryError FLURRY_ABORTED. */
export interface FormQuestions {
  readonly text: (question: TextQuestion) => Promise<string>;
  readonly choice: <Answer extends string>(question: ChoiceQuestion<Answer>) => Promise<Answer>;
}
