/**
 * What a deployment does to a host:
 * - `switch`: activate the new system, prove that the host can be reached, then make it the boot default;
 * - `test`: the same without making it the boot default: a reboot brings the old system back;
 * - `boot`: make it the boot default without activating it;
 * - `dry-activate`: only say what an activation would do; changes nothing but the store;
 * - `push`: bring the new system to the host's store, where it stays, and do nothing with it;
 * - `build`: build the new system; the host is not even asked.
 */
export type Goal = "switch" | "test" | "boot" | "dry-activate" | "push" | "build";

/** Every {@link Goal}, the default first. */
export const goals: readonly Goal[] = ["switch", "test", "boot", "dry-activate", "push", "build"];

/** The goals that do something with the new system on the host. */
export type ActivationGoal = Exclude<Goal, "push" | "build">;

/** True for an {@link ActivationGoal}. */
export function isActivation(goal: Goal): goal is ActivationGoal {
  return goal !== "push" && goal !== "build";
}
