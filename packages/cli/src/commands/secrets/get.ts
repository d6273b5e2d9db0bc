import { FlurryError, nearestName } from "@flurry/core";
import { entriesOf, nodeAt, parsePath, printPath, treesOf, toPlain } from "@flurry/secrets";
import type { PlainValue, TreeNode, TreePath } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsGetFlags } from "../../command-line/secrets-flags.ts";
import { jsonDocument } from "../../renderers/json-document.ts";
import { plainToJson } from "../../secrets/plain-json.ts";
import { openSecretFile, readSecretFile } from "../../secrets/secret-file.ts";
import type { OpenedFile } from "../../secrets/secret-file.ts";
import type { SecretsSession } from "../../secrets/session.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets get`: one value, or the whole file in clear. */
export async function get(this: CommandScope, flags: SecretsGetFlags, name: string, path?: string): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const steps = path === undefined ? undefined : parsePath(path);
    const opened = await openSecretFile(await readSecretFile({ name }, session), session);
    if (steps === undefined) return printFile(opened, name, session);
    return printValue(valueOf(opened, name, steps), { name, steps }, session);
  });
}

function printFile({ plain }: OpenedFile, name: string, { context, output }: SecretsSession): number {
  if (!output.json) context.writeBytes(plain);
  else {
    const text = Buffer.from(plain);
    const isText = Buffer.from(text.toString("utf8")).equals(text);
    const content = isText ? { content: text.toString("utf8") } : { contentBase64: text.toString("base64") };
    output.stdout.write(jsonDocument("secrets get", { file: name, ...content }));
  }
  return 0;
}

function valueOf(opened: OpenedFile, name: string, steps: TreePath): TreeNode {
  if (opened.kind === "age")
    throw new FlurryError("FLURRY_SOPS_PATH_INVALID", `${name} is an age file: it is one value and has no paths`, {
      hint: `flurry secrets get ${name}`,
    });
  const [document] = treesOf(opened.unlocked);
  const node = document === undefined ? undefined : nodeAt(document, steps);
  if (node !== undefined) return node;
  const last = steps.at(-1);
  const parent = document === undefined ? undefined : nodeAt(document, steps.slice(0, -1));
  const names = parent?.kind === "map" ? entriesOf(parent).map(({ key }) => key) : [];
  const nearest = typeof last === "string" ? nearestName(last, names) : undefined;
  throw new FlurryError("FLURRY_SOPS_PATH_INVALID", `There is no value at ${printPath(steps)}`, {
    place: { file: name },
    hint:
      nearest === undefined
        ? `flurry secrets ls ${name} shows what there is`
        : `Did you mean ${printPath([...steps.slice(0, -1), nearest])}?`,
  });
}

function printValue(
  node: TreeNode,
  { name, steps }: { readonly name: string; readonly steps: TreePath },
  { context, output }: SecretsSession,
): number {
  const value = toPlain(node);
  if (output.json)
    output.stdout.write(jsonDocument("secrets get", { file: name, path: steps, value: plainToJson(value) }));
  else if (value instanceof Uint8Array) context.writeBytes(value);
  // Scripts get the value and nothing else; a person gets the prompt on a line of its own.
  else output.stdout.write(`${textOf(value)}${output.stdout.isTTY ? "\n" : ""}`);
  return 0;
}

function textOf(value: PlainValue): string {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? JSON.stringify(plainToJson(value), undefined, 2) : String(value);
}
