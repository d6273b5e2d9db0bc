/** What deploy-rs' spelling `flake#node.profile` names. */
export interface DeployTarget {
  /** The flake reference before the `#`; `.` where it was empty. */
  readonly flake: string;
  readonly host?: string;
  readonly profile?: string;
}

/** How a word of the command line reads as a target of deploy-rs. */
export type DeployTargetResult =
  | { readonly status: "target"; readonly target: DeployTarget }
  /** Not this spelling: a selector, most likely. */
  | { readonly status: "other" }
  | { readonly status: "invalid"; readonly position: number; readonly message: string; readonly hint?: string };

const part = /"([^"\\$]+)"|([A-Za-z0-9_][A-Za-z0-9_'-]*)/y;

/**
 * Reads deploy-rs' spelling of what to deploy: `.`, `.#nas`, `.#nas.system`, `./path#nas`, `github:o/r#nas`;
 * names with dots stand in double quotes: `.#"my.host".system`.
 *
 * @param text - one word of the command line
 */
export function parseDeployTarget(text: string): DeployTargetResult {
  const hash = text.indexOf("#");
  if (hash < 0) {
    const isReference = /^\.{1,2}(?:\/|$)|^[/~]|^[a-z][a-z0-9+.-]*:[^\s]/.test(text);
    return isReference ? { status: "target", target: { flake: text } } : { status: "other" };
  }
  const flake = hash === 0 ? "." : text.slice(0, hash);
  if (/^-|\s/.test(flake)) return { status: "invalid", position: 0, message: "this is not a flake reference" };
  return hash === text.length - 1 ? { status: "target", target: { flake } } : fragment(flake, text, hash + 1);
}

function fragment(flake: string, text: string, start: number): DeployTargetResult {
  const names: string[] = [];
  let position = start;
  for (;;) {
    part.lastIndex = position;
    const match = part.exec(text);
    if (match === null) return invalid(position, "the name of a host or profile is missing here");
    names.push(match[1] ?? match[2] ?? "");
    position += match[0].length;
    if (position === text.length) break;
    if (text[position] !== ".") return invalid(position, `${JSON.stringify(text[position])} cannot stand in a name`);
    position++;
  }
  const [host, profile, ...more] = names;
  if (host === undefined || more.length > 0) return invalid(start, "there are more than a host and a profile here");
  return { status: "target", target: { flake, host, ...(profile === undefined ? {} : { profile }) } };
}

function invalid(position: number, message: string): DeployTargetResult {
  return {
    status: "invalid",
    position,
    message,
    hint: 'write flake#host or flake#host.profile; quote dots: .#"my.host"',
  };
}
