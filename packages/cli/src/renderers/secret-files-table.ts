import type { EncryptedFile } from "@flurry/secrets";

import type { ListedValue } from "../secrets/value-list.ts";
import { count } from "./measures.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

/** Encrypted files, one row each. */
export function renderSecretFiles(files: readonly EncryptedFile[], view: TableView): string {
  if (files.length === 0) return "no encrypted files\n";
  const rows = files.map((file): readonly Cell[] => {
    switch (file.kind) {
      case "sops":
        return [file.path, file.format, recipientsOf(file.groups), file.lastModified.slice(0, 10)];
      case "age":
        return [file.path, "age", shortList(file.recipients), ""];
      case "damaged":
        return [file.path, { text: "✗", color: view.colors.red }, { text: file.error.message, color: view.colors.red }];
    }
  });
  return renderTable(["file", "store", "recipients", "changed"], rows, { ...view, columns: undefined });
}

function recipientsOf(groups: readonly (readonly string[])[]): string {
  if (groups.length === 1) return shortList(groups.flat());
  return `${groups.length} groups: ${groups.map((group) => `(${shortList(group)})`).join(" ")}`;
}

const shown = 3;

function shortList(recipients: readonly string[]): string {
  const names = recipients.slice(0, shown).map(shortName).join(", ");
  return recipients.length > shown ? `${names} and ${recipients.length - shown} more` : names;
}

/** Enough of a recipient to tell it from others; of an SSH key what its owner calls it. */
function shortName(recipient: string): string {
  const [type = "", key = "", ...comment] = recipient.split(" ");
  if (type.startsWith("ssh-") && key.length > 20)
    return comment.length > 0 ? comment.join(" ") : `${type} …${key.slice(-8)}`;
  return recipient.length > 24 ? `${recipient.slice(0, 12)}…${recipient.slice(-4)}` : recipient;
}

/** The values of a file, one row each, without what they are. */
export function renderSecretValues(values: readonly ListedValue[], view: TableView): string {
  if (values.length === 0) return "the file holds no values\n";
  const many = values.some(({ document }) => document > 0);
  const rows = values.map(({ document, path, type, encrypted }): readonly Cell[] => [
    many ? String(document + 1) : "",
    shortPath(path),
    type,
    encrypted || type === "null" ? "" : { text: "in clear", color: view.colors.yellow },
  ]);
  const clear = values.filter(({ encrypted, type }) => !encrypted && type !== "null").length;
  const head = ["document", "value", "type", "encrypted"];
  const tail = clear === 0 ? "" : `\n${count(clear, "value")} in clear\n`;
  return `${renderTable(head, rows, view)}${tail}`;
}

function shortPath(path: readonly (string | number)[]): string {
  const plain = path.every((step) => typeof step === "number" || /^[^.[\]\s]+$/.test(step));
  if (!plain || typeof path[0] === "number") return path.map((step) => `[${JSON.stringify(step)}]`).join("");
  return path.map((step, at) => (typeof step === "number" ? `[${step}]` : at === 0 ? step : `.${step}`)).join("");
}
