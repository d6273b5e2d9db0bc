/**
 * What a deployment does to a host:
 * - `switch`: activate the new system, prove that the host can be reached, then make it the boot default;
 * - `test`: the same without making it the boot default: a reboot brings the old system back;
 * - `boot`: make it the boot default without activating it;
 * - `dry-activate`: only say what an activation would do; changes nothing but the store.
 */
export type Goal = "switch" | "test" | "boot" | "dry-activate";

/** Every {@link Goal}, the default first. */
export const goals: readonly Goal[] = ["switch", "test", "boot", "dry-activate"];
