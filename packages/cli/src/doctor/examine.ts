import type { NixContext } from "@flurry/nix";
import type { SshContext, SshTarget } from "@flurry/ssh";

import type { Services } from "../services.ts";
import { examineCache } from "./cache.ts";
import type { Finding } from "./finding.ts";
import { examineCores, examineMemory } from "./machine.ts";
import { examineNix, examineRecorder, examineStore } from "./nix.ts";
import { examineGit, examineSsh } from "./programs.ts";
import { examineTransport } from "./transport.ts";

/** What an examination works with. */
export interface Examination {
  readonly services: Pick<Services, "nixVersion" | "findRecorder" | "runProcess" | "transportFor" | "machine">;
  readonly nix: NixContext;
  readonly ssh: SshContext;
  /** The hosts of the fleet that is here, as ssh reaches them; none where there is no fleet file. */
  readonly targets?: readonly SshTarget[];
  readonly signal: AbortSignal;
}

/**
 * Looks at everything on this machine that Flurry stands on. What is wrong is a finding.
 *
 * @throws FlurryError FLURRY_ABORTED
 */
export async function examine(examination: Examination): Promise<readonly Finding[]> {
  const [nix, store, recorder, cache, ssh, transport, git] = await Promise.all([
    examineNix(examination),
    examineStore(examination),
    examineRecorder(examination),
    examineCache(examination.nix.env),
    examineSsh(examination),
    examineTransport(examination, examination.targets ?? []),
    examineGit(examination),
  ]);
  examination.signal.throwIfAborted();
  return [nix, store, recorder, cache, examineCores(examination), examineMemory(examination), ssh, transport, git];
}
