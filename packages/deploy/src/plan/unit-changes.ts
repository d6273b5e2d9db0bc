/** What an activation would do to units, as the host's own `dry-activate` tells it. Each list is sorted. */
export interface UnitChanges {
  /** Restarted, or stopped and started again. */
  readonly restart: readonly string[];
  readonly start: readonly string[];
  readonly stop: readonly string[];
  readonly reload: readonly string[];
  /** Changed, but left running as they are until they are restarted by hand or by a reboot. */
  readonly skip: readonly string[];
  /** systemd itself is executed again. */
  readonly systemd: boolean;
  /** What else an activation says that it would do: secrets, snippets of modules. */
  readonly remarks: readonly string[];
}

const lists: readonly (readonly [RegExp, "restart" | "start" | "stop" | "reload" | "skip"])[] = [
  [/^would NOT (?:stop|restart|reload) the following changed units: (.+)$/, "skip"],
  [/^would stop the following units: (.+)$/, "stop"],
  [/^would restart the following units: (.+)$/, "restart"],
  [/^would start the following units: (.+)$/, "start"],
  [/^would reload the following units: (.+)$/, "reload"],
];

/** Reads what `switch-to-configuration dry-activate` printed (nixpkgs: switch-to-configuration.pl and -ng). */
export function parseDryActivation(lines: readonly string[]): UnitChanges {
  const units = { restart: new Set<string>(), start: new Set<string>(), stop: new Set<string>() };
  const found = { ...units, reload: new Set<string>(), skip: new Set<string>() };
  const remarks: string[] = [];
  let systemd = false;
  for (const line of lines.map((text) => text.trim())) {
    const list = lists.find(([pattern]) => pattern.test(line));
    if (list !== undefined) {
      const [pattern, kind] = list;
      for (const unit of pattern.exec(line)?.[1]?.split(", ") ?? []) found[kind].add(unit);
    } else if (line === "would restart systemd") systemd = true;
    else if (line.startsWith("would ") && line !== "would activate the configuration...") remarks.push(line);
  }
  // Most services are stopped with the old system's unit and started with the new one's.
  const both = [...found.stop].filter((unit) => found.start.has(unit));
  const without = (set: ReadonlySet<string>): readonly string[] =>
    sorted([...set].filter((unit) => !both.includes(unit)));
  return {
    restart: sorted([...found.restart, ...both]),
    start: without(found.start),
    stop: without(found.stop),
    reload: sorted(found.reload),
    skip: sorted(found.skip),
    systemd,
    remarks,
  };
}

/** The changes in a few words: what an activation would do to units, with the first names of each kind. */
export function unitsText({ restart, start, stop, reload, skip, systemd, remarks }: UnitChanges): string {
  const parts = [
    ...named("restart", systemd ? ["systemd itself", ...restart] : restart),
    ...named("start", start),
    ...named("stop", stop),
    ...named("reload", reload),
    ...named("leave as they are, though changed,", skip),
    ...remarks.map((remark) => remark.replace(/^would /, "")),
  ];
  return parts.length === 0 ? "would touch no unit" : `would ${parts.join("; ")}`;
}

const shownUnits = 4;

function named(verb: string, units: readonly string[]): readonly string[] {
  if (units.length === 0) return [];
  const rest = units.length - shownUnits;
  return [`${verb} ${units.slice(0, shownUnits).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`];
}

function sorted(units: Iterable<string>): readonly string[] {
  return [...new Set(units)].sort();
}
