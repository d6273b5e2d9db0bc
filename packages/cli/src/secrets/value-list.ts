import { entriesOf, itemsOf } from "@flurry/secrets";
import type { SopsFile, TreeNode, TreePath } from "@flurry/secrets";

/** What a file tells of one value without any key. */
export interface ListedValue {
  /** Which document of the file, from 0. */
  readonly document: number;
  readonly path: TreePath;
  /** The type that stands beside the ciphertext, or that of the value in clear. */
  readonly type: string;
  readonly encrypted: boolean;
}

const sealed = /^ENC\[AES256_GCM,.*,type:(\w+)\]$/s;

/** The names of the values of a file, in the order of the file. */
export function listValues(file: SopsFile): readonly ListedValue[] {
  return file.parsed.documents.flatMap((root, document) => visit(root, [], document));
}

function visit(node: TreeNode, path: TreePath, document: number): readonly ListedValue[] {
  if (node.kind === "map") return entriesOf(node).flatMap(({ key, value }) => visit(value, [...path, key], document));
  if (node.kind === "list") return itemsOf(node).flatMap((item, index) => visit(item, [...path, index], document));
  const { value } = node;
  const type = value.kind === "str" ? sealed.exec(value.value)?.[1] : undefined;
  return [{ document, path, type: type ?? value.kind, encrypted: type !== undefined }];
}
