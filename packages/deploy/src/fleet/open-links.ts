import type { Host } from "@flurry/schema";
import { JumpPool } from "@flurry/ssh";

import { HostLink } from "../host/host-link.ts";
import type { LinkContext } from "../host/host-link.ts";

/** Milliseconds between signs of life while a host is being changed: a cut network should be noticed soon. */
const keepaliveMs = 3000;

/** The links to the hosts of a run, closed together. */
export interface Links extends AsyncDisposable {
  readonly all: readonly HostLink[];
}

/** Makes a link to each host; nothing is connected yet. */
export function openLinks(hosts: readonly Host[], ssh: LinkContext): Links {
  // Hosts behind the same jump host share one connection to it, however many they are.
  const context = { keepaliveMs, jumps: new JumpPool(), ...ssh };
  const all = hosts.map((host) => new HostLink(host, context));
  return {
    all,
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(all.map((link) => link.drop()));
    },
  };
}
