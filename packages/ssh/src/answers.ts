/**
 * What OpenSSH's programs answered, by what they were asked. Share one among the connections of a run, and each question
 * is asked once: then the configuration is read once a run too.
 */
export type OpensshAnswers = Map<string, string>;

/** The answer that is there, or a new one. Failures are not kept, and who asks meanwhile asks by himself: each has his own signal. */
export async function answered(
  answers: OpensshAnswers | undefined,
  question: readonly unknown[],
  ask: () => Promise<string>,
): Promise<string> {
  const key = JSON.stringify(question);
  const before = answers?.get(key);
  if (before !== undefined) return before;
  const answer = await ask();
  answers?.set(key, answer);
  return answer;
}
