import { FlurryError } from "@flurry/core";
import type { PolicyFile } from "@flurry/secrets";
import { expect, it } from "vitest";

import { refuseAbsent, refuseOthers, tellUnreadable } from "./named-files.ts";

const open = {
  name: (path: string) => `../${path}`,
  pathOf: (name: string) => name.replace(/^\.\.\//, ""),
  loaded: { policy: { source: { kind: "sops-config" as const, path: "/r/.sops.yaml", file: "../.sops.yaml" } } },
};
const rule = {
  name: "all",
  place: undefined,
  covers: "some" as const,
  groups: [],
  threshold: undefined,
  armor: false,
} as unknown as NonNullable<PolicyFile["rule"]>;
const damage = new FlurryError("FLURRY_SOPS_SYNTAX", "It is no YAML", {
  place: { file: "a", line: 3 },
  hint: "Mend it.",
});
const at = (file: object, covered = true): PolicyFile =>
  ({ path: "a", file: { path: "a", ...file }, rule: covered ? rule : undefined, drift: undefined }) as PolicyFile;
const plain = { kind: "plain", content: new Uint8Array() };

it.each([
  [at({ kind: "absent" }), { code: "FLURRY_SECRETS_FILE_NOT_FOUND", message: "There is no file ../a" }],
  [at({ kind: "link" }), { code: "FLURRY_SECRETS_WRITE_REFUSED" }],
  [
    at({ kind: "unreadable", error: damage }),
    { code: "FLURRY_SOPS_SYNTAX", place: { file: "../a", line: 3 }, hint: "Mend it." },
  ],
  [at(plain), { code: "FLURRY_SOPS_NOT_ENCRYPTED", hint: "flurry secrets encrypt --in-place ../a" }],
  [at(plain, false), { code: "FLURRY_SOPS_NOT_ENCRYPTED", hint: undefined }],
  [at({ kind: "sops" }, false), { code: "FLURRY_POLICY_NO_RULE", message: "No rule of ../.sops.yaml covers ../a" }],
])("a file that was named and cannot be keyed is refused", (file, error) => {
  let thrown: unknown;
  try {
    refuseOthers([file], ["../a"], open);
  } catch (caught) {
    thrown = caught;
  }
  expect(thrown).toMatchObject(error);
  // One that was found in a folder is not.
  expect(() => refuseOthers([file], [".."], open)).not.toThrow();
  expect(() => refuseOthers([file], [], open)).not.toThrow();
});

it("a file with a rule is keyed, and one to look at has to be there", () => {
  expect(() => refuseOthers([at({ kind: "sops" }), at({ kind: "age" })], ["../a"], open)).not.toThrow();
  expect(() => refuseAbsent([at(plain, false)], ["../a"], open)).not.toThrow();
  expect(() => refuseAbsent([at({ kind: "absent" })], ["../a"], open)).toThrow("There is no file ../a");
  expect(() => refuseAbsent([at({ kind: "absent" })], [], open)).not.toThrow();
});

it("what cannot be read is told, where a rule is for it", () => {
  const warnings: string[] = [];
  const unreadable = { kind: "unreadable", error: damage };
  tellUnreadable([at(unreadable), at(unreadable, false), at(plain)], open, {
    warn: (text) => void warnings.push(text),
  });
  expect(warnings).toEqual(["../a is left as it is, for it cannot be read: It is no YAML"]);
});
