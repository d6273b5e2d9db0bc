/** What was done and seen in a round, in its order. */
export interface RoundLog {
  readonly say: (subject: string, text: string) => void;
  /** The lines about a host, and those about no host in particular. */
  readonly about: (host: string) => readonly string[];
}

/** Begins the log of a round; each line has the seconds since then. */
export function roundLog(now: () => number): RoundLog {
  const startedAt = now();
  const entries: { readonly subject: string; readonly line: string }[] = [];
  return {
    say: (subject, text) => {
      const seconds = ((now() - startedAt) / 1000).toFixed(2).padStart(7);
      entries.push({ subject, line: `${seconds} s  ${subject}: ${text}` });
    },
    about: (host) =>
      entries.filter(({ subject }) => subject === host || !/^h\d+$/.test(subject)).map(({ line }) => line),
  };
}
