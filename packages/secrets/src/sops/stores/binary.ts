import { stringScalar } from "../scalar-bytes.ts";
import { child, leaf } from "../tree.ts";
import { parseJson } from "./json.ts";
import { checkSize, decodeText, syntaxError } from "./store.ts";
import type { ParsedText, Store } from "./store.ts";

const emptyFile = '{\n\t"data": ""\n}\n';

/** Any file, encrypted as a whole: JSON with the one key `data`. */
export const binaryStore: Store = {
  format: "binary",
  read: (bytes, options) => {
    const parsed = parseJson(decodeText(bytes, options), options);
    const [document] = parsed.documents;
    if (document === undefined || child(document, "data")?.kind !== "leaf") {
      throw syntaxError("it has no entry data, which an encrypted binary file has", options);
    }
    return parsed;
  },
  readPlain: (bytes, options): ParsedText => {
    checkSize(bytes, options);
    const parsed = parseJson(emptyFile, options);
    const place = parsed.documents[0] === undefined ? undefined : child(parsed.documents[0], "data");
    const data = leaf(stringScalar(Buffer.from(bytes)), place?.kind === "leaf" ? place.span : undefined);
    return { ...parsed, documents: [{ kind: "map", items: [{ kind: "entry", key: "data", value: data }] }] };
  },
};
