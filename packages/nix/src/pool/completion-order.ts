/**
 * The results of promises in the order in which they come. The promises must not reject.
 *
 * @yields each result once
 */
export async function* inCompletionOrder<T>(promises: readonly Promise<T>[]): AsyncGenerator<T, void, undefined> {
  const done: T[] = [];
  let wake = (): void => {};
  const gather = async (promise: Promise<T>): Promise<void> => {
    done.push(await promise);
    wake();
  };
  for (const promise of promises) void gather(promise);
  for (let index = 0; index < promises.length; index++) {
    if (done.length === index)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    const value = done[index];
    if (value !== undefined) yield value;
  }
}
