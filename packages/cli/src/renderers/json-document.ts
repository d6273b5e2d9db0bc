/** The version of the shape of all JSON that Flurry prints; a change that could break a reader raises it. */
export const schemaVersion = 1;

/** One JSON document for standard output. */
export function jsonDocument(command: string, content: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ schemaVersion, command, ...content }, undefined, 2)}\n`;
}

/** One line of a stream of JSON. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
