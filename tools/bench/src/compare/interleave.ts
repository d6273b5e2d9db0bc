/**
 * The order of contenders in one round: each is first, second, … equally often, so that a machine that warms up or has
 * a busy minute favours none.
 */
export function orderOf<T>(contenders: readonly T[], round: number): readonly T[] {
  const shift = round % Math.max(contenders.length, 1);
  return [...contenders.slice(shift), ...contenders.slice(0, shift)];
}
