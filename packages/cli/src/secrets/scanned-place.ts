import { FlurryError } from "@flurry/core";
import { checkPlace, parsePlace } from "@flurry/schema";

/** Where a host is asked for its key. */
export interface ScannedPlace {
  /** Without brackets. */
  readonly address: string;
  /** Undefined: as the OpenSSH configuration says, else 22. */
  readonly port?: number;
}

/**
 * Reads what `--scan` is given: `HOST`, `HOST:PORT`, `[IPV6]:PORT` or `ssh://[USER@]HOST[:PORT]`. A user does not matter:
 * nobody logs in.
 *
 * @throws FlurryError FLURRY_USAGE
 */
export function scannedPlace(text: string): ScannedPlace {
  const url = /^ssh:\/\/(?:[^@/]*@)?([^@/]+)\/?$/i.exec(text);
  const place = url?.[1] ?? text;
  const complaint = checkPlace(place);
  if (complaint === undefined) return parsePlace(place);
  throw new FlurryError("FLURRY_USAGE", `--scan: ${complaint.message}`, {
    hint: complaint.hint ?? "for example: --scan 10.0.20.1, --scan gateway.lab:2222 or --scan '[fd00::1]:2222'",
  });
}
