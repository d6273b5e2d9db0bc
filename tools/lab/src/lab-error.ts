import type { FlurryErrorOptions } from "@flurry/core";

/** What each code of a {@link LabError} means. */
export const labErrorCodes = {
  LAB_INVALID: "The description of a lab or of one of its hosts has mistakes.",
  LAB_UNAVAILABLE: "This machine cannot run a lab: a program or a kernel feature is missing.",
  LAB_EXISTS: "A lab is already up in this directory.",
  LAB_NOT_RUNNING: "There is no running lab in this directory.",
  LAB_START_FAILED: "The lab could not be started.",
  LAB_HOST_UNKNOWN: "The lab has no host of that name.",
  LAB_HOST_DOWN: "The lab's host has no power or has not booted.",
  LAB_BOOT_FAILED: "A host of the lab did not boot.",
  LAB_COMMAND_FAILED: "A command that the lab ran ended with an error.",
  LAB_UNSUPPORTED: "The lab cannot do this on this machine or with this host.",
} as const;

/** A stable name for one kind of failure of the lab; see {@link labErrorCodes}. */
export type LabErrorCode = keyof typeof labErrorCodes;

/** A failure of the lab itself. The codes of Flurry's own errors are for its users, who have no lab. */
export class LabError extends Error {
  override readonly name = "LabError";
  readonly code: LabErrorCode;
  readonly hint: string | undefined;
  readonly details: string | undefined;

  constructor(
    code: LabErrorCode,
    message: string,
    options: Pick<FlurryErrorOptions, "hint" | "details" | "cause"> = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }
}
