import { FlurryError } from "@flurry/core";
import type { Place } from "@flurry/core";

/** Runs an action and adds a place to the FlurryError it may throw, unless it names one itself. */
export function atPlace<T>(place: Place | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw placed(error, place);
  }
}

/** As {@link atPlace}, for an action that takes time. */
export async function atPlaceAsync<T>(place: Place | undefined, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw placed(error, place);
  }
}

function placed(error: unknown, place: Place | undefined): unknown {
  if (place === undefined || !FlurryError.is(error) || error.place !== undefined) return error;
  return FlurryError.fromJSON({ ...error.toJSON(), place });
}
