/** What `flurry doctor` found out about one thing that Flurry stands on. */
export interface Finding {
  readonly name: string;
  /** `missing`: Flurry cannot work without it. `poor`: it works, with the loss that the hint names. */
  readonly status: "ok" | "poor" | "missing";
  readonly text: string;
  /** What to do, or what it means. */
  readonly hint?: string;
  /** The same for programs. */
  readonly data?: Readonly<Record<string, string | number>>;
}
