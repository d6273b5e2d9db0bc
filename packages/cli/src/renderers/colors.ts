import pc from "picocolors";

/** Functions that colour a text, or leave it as it is where colour is off. */
export type Colors = ReturnType<typeof pc.createColors>;

/** Makes {@link Colors} for a stream. */
export function colorsFor(enabled: boolean): Colors {
  return pc.createColors(enabled);
}
