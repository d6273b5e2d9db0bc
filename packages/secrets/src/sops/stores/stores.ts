import { binaryStore } from "./binary.ts";
import { dotenvStore } from "./dotenv.ts";
import { iniStore } from "./ini.ts";
import { jsonStore } from "./json.ts";
import type { SopsFormat, Store } from "./store.ts";
import { yamlStore } from "./yaml.ts";

const stores: Readonly<Record<SopsFormat, Store>> = {
  yaml: yamlStore,
  json: jsonStore,
  dotenv: dotenvStore,
  ini: iniStore,
  binary: binaryStore,
};

export function storeOf(format: SopsFormat): Store {
  return stores[format];
}

/** The format that SOPS takes for a file by its name; what it does not know is binary. */
export function sopsFormatOf(path: string): SopsFormat {
  const extension = /\.(ya?ml|json|env|ini)$/.exec(path)?.[1];
  if (extension === undefined) return "binary";
  if (extension === "env") return "dotenv";
  return extension === "json" || extension === "ini" ? extension : "yaml";
}
