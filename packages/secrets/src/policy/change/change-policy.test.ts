import { parseFleetYaml } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { fleetPolicy } from "../fleet-policy.ts";
import type { LoadedPolicy } from "../load-policy.ts";
import type { Policy } from "../policy.ts";
import { sopsPolicy } from "../sops-policy.ts";
import type { AddHostRequest } from "./add-host-request.ts";
import { addHostToPolicy } from "./add-host.ts";
import { removeFromPolicy } from "./remove-reader.ts";

const alice = "age12cesk05x5sn6vckvt9ty6hp8pkd3rlt42a0c82v97vut2hxaqsysfpey4m";
const bob = "age1nf0cfyh97p6nfzd36jlkr4yk5a5mtzqwrhnncgd87e9t38c4nddqx4awzy";
const nas = "age1ykr26nw3vu730h82h8zk88nhax66wz7263kgx2f6h9c3gz7gspusnxxanr";
const web = "age16cvccl7klgu5dj8n79lwyh3nqdgvtdfz67nau8e06jqkwqgu3f2stxjejh";
const webSsh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKQ7demcSFZUr8NiPcPkXjcSguQnulEZmv0ET/l81LN9";

function sops(text: string): LoadedPolicy {
  const read = (other: string): Policy => sopsPolicy(other, "/repo/.sops.yaml", { file: ".sops.yaml" });
  return { policy: read(text), text, reread: async (other) => read(other) };
}

function fleet(text: string): LoadedPolicy {
  const read = (other: string): Policy => {
    const result = parseFleetYaml(other, { file: "fleet.yaml" });
    if (!result.ok) throw new Error(JSON.stringify(result.issues));
    const policy = fleetPolicy(result.value, {
      root: "/repo",
      path: "/repo/fleet.yaml",
      file: "fleet.yaml",
      text: other,
    });
    if (policy === undefined) throw new Error("no secrets");
    return policy;
  };
  return { policy: read(text), text, reread: async (other) => read(other) };
}

/** The lines that are new, with `+`, and those that are gone, with `-`. */
function changed(before: string, after: string | undefined): string[] {
  const [old, now] = [before.split("\n"), (after ?? before).split("\n")];
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `-${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ];
}

const withAnchors = `# who is who
keys:
  - &alice ${alice}
  - &hosts
    - &nas ${nas} # storage
creation_rules:
  - path_regex: secrets/nas\\.yaml$
    key_groups:
      - age: [*alice, *nas] # just us
  - path_regex: secrets/web\\.yaml$
    age: >-
      ${alice},
      ${nas}
  - path_regex: secrets/all\\.yaml$
    key_groups:
      - age:
          - *alice

          - *nas
        pgp: []
  - path_regex: x
    age: "${alice}"
`;

describe("a host that is added to a .sops.yaml", () => {
  const add = async (text: string, request: Partial<AddHostRequest> = {}): Promise<string[]> => {
    const { text: after } = await addHostToPolicy(sops(text), { name: "web", keys: [web], ...request });
    return changed(text, after);
  };

  it("comes to the rules that are called after it and to those of all hosts, and nothing else changes", async () => {
    expect(await add(withAnchors)).toEqual([
      `-      ${nas}`,
      `+    - &web ${web}`,
      `+      ${nas},`,
      `+      ${web}`,
      `+          - *web`,
    ]);
  });

  it("comes to the rules of files that are named", async () => {
    expect(await add(withAnchors, { files: ["x.yaml"] })).toEqual([
      `-    age: "${alice}"`,
      `+    - &web ${web}`,
      `+    age: "${alice},${web}"`,
    ]);
  });

  it("gets the converted form of its ssh key", async () => {
    expect(await add(withAnchors, { keys: [webSsh], files: ["x.yaml"] })).toContainEqual(
      expect.stringMatching(/^\+ {4}- &web age1[a-z0-9]{58}$/),
    );
  });

  it("is named in a comment where there are no anchors", async () => {
    const text = `creation_rules:\n  - age:\n    - ${alice} # alice\n    - ${nas} # nas\n`;
    expect(await add(text, { like: "nas" })).toEqual([`+    - ${web} # web`]);
    const flow = `creation_rules: [{ age: [${alice}] }]`;
    expect(await add(flow, { files: ["a"] })).toEqual([
      `-${flow}`,
      "+keys:",
      `+  - &web ${web}`,
      `+creation_rules: [{ age: [${alice}, ${web}] }]`,
    ]);
  });

  it.each([
    ["in a text with commas", `# team\n\n# rules\ncreation_rules:\n  - age: ${alice},${nas}\n`],
    ["in brackets", `---\ncreation_rules:\n  - path_regex: a\n    age: [${alice}]\nstores: {}\n`],
    ["in a block", `creation_rules:\r\n  - age: >-\r\n      ${alice},\r\n      ${nas}\r\n`],
  ])("is known by its name afterwards, %s", async (_, text) => {
    const added = await addHostToPolicy(sops(text), { name: "web", keys: [web], files: ["a"] });
    expect(added.text).toContain(`keys:${text.includes("\r") ? "\r" : ""}\n  - &web ${web}`);
    const read = sops(added.text ?? "");
    expect(read.policy.readers).toMatchObject([{ name: "web", keys: [{ id: web }] }]);
    expect(read.policy.issues).toEqual([]);
    // Another goes into the list, and who leaves takes along what came with them.
    const second = await addHostToPolicy(read, { name: "gw", keys: [bob], files: ["a"] });
    expect(second.text).toContain(`- &gw ${bob}`);
    expect((await removeFromPolicy(sops(second.text ?? ""), "gw")).text).toBe(added.text);
    expect((await removeFromPolicy(read, "web")).text).toBe(text);
  });

  it.each([
    ["several groups", `creation_rules:\n  - key_groups: [{ age: [${alice}] }, { age: [${nas}] }]\n`],
    ["only other keys", `creation_rules:\n  - pgp: ${"A".repeat(40)}\n`],
    ["a list that two rules share", `l: &l [${alice}]\ncreation_rules:\n  - path_regex: b\n    age: *l\n  - age: *l\n`],
  ])("is left to a person: %s", async (_, text) => {
    await expect(add(text, { files: ["a"] })).rejects.toMatchObject({ code: "FLURRY_POLICY_EDIT_UNSAFE" });
  });

  it("does not come to the files of the only other host", async () => {
    const text = `keys: [&hosts [&nas ${nas}]]\ncreation_rules:\n  - path_regex: backup\n    age: [*nas]\n`;
    await expect(add(text)).rejects.toMatchObject({ code: "FLURRY_POLICY_NO_RULE" });
  });

  it("needs a rule", async () => {
    const text = `creation_rules:\n  - path_regex: a\n    age: ${alice}\n`;
    await expect(add(text)).rejects.toMatchObject({ code: "FLURRY_POLICY_NO_RULE" });
    await expect(add(text, { files: ["b"] })).rejects.toMatchObject({ code: "FLURRY_POLICY_NO_RULE" });
    await expect(add(text, { like: "nsa" })).rejects.toMatchObject({ code: "FLURRY_POLICY_NAME_UNKNOWN" });
  });

  it("has a key of its own, that can be read", async () => {
    await expect(add(withAnchors, { keys: [nas], files: ["x.yaml"] })).rejects.toMatchObject({
      code: "FLURRY_POLICY_NAME_TAKEN",
      message: "The key of web is that of nas in .sops.yaml",
    });
    await expect(add(withAnchors, { keys: ["age1qqqq"], files: ["x.yaml"] })).rejects.toMatchObject({
      code: "FLURRY_AGE_RECIPIENT_INVALID",
    });
  });

  it("has another key only when that is meant", async () => {
    const request = { name: "nas", keys: [web] };
    await expect(add(withAnchors, request)).rejects.toMatchObject({ code: "FLURRY_POLICY_NAME_TAKEN" });
    expect(await add(withAnchors, { ...request, existing: "replace" })).toEqual([
      `-    - &nas ${nas} # storage`,
      `-      ${nas}`,
      `+    - &nas ${web} # storage`,
      `+      ${web}`,
    ]);
  });
});

describe("somebody who is taken out of a .sops.yaml", () => {
  it("is taken out everywhere, and nothing else changes", async () => {
    const { text } = await removeFromPolicy(
      sops(
        withAnchors
          .replace("  - &alice", `  - &bob ${bob}\n  - &alice`)
          .replace("[*alice, *nas]", "[*bob, *alice, *nas]"),
      ),
      "bob",
    );
    expect(text).toBe(withAnchors);
    const { text: without } = await removeFromPolicy(
      sops(withAnchors.replace(/    - &nas.*\n/, `$&    - &web ${web}\n`)),
      "nas",
    );
    expect(changed(withAnchors, without)).toEqual([
      `-    - &nas ${nas} # storage`,
      `-      - age: [*alice, *nas] # just us`,
      `-      ${alice},`,
      `-      ${nas}`,
      `-          - *nas`,
      `+    - &web ${web}`,
      `+      - age: [*alice] # just us`,
      `+      ${alice}`,
    ]);
  });

  it("is known by the key where nothing says a name", async () => {
    const text = `creation_rules:\n  - age: ${alice},${bob}\n    pgp: ${"AB".repeat(20)},${"CD".repeat(20)}\n`;
    expect((await removeFromPolicy(sops(text), bob)).text).toBe(text.replace(`,${bob}`, ""));
    const fingerprint = "CD".repeat(20).toLowerCase();
    expect((await removeFromPolicy(sops(text), fingerprint)).text).toBe(text.replace(`,${"CD".repeat(20)}`, ""));
    await expect(removeFromPolicy(sops(text), nas)).rejects.toMatchObject({
      code: "FLURRY_POLICY_NAME_UNKNOWN",
      hint: expect.stringContaining("name the key"),
    });
  });

  it("is left to a person where nobody else would be left", async () => {
    await expect(removeFromPolicy(sops(withAnchors), "alice")).rejects.toMatchObject({
      code: "FLURRY_POLICY_EDIT_UNSAFE",
    });
    await expect(removeFromPolicy(sops(withAnchors), "alcie")).rejects.toMatchObject({ hint: "Did you mean alice?" });
  });
});

const fleetText = `# the house
hosts:
  nas: { address: 10.0.0.1, hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9b5Vr4bE7EF5CrMcfkXLK9iZRi8xGVpTGHJfIxAbcd", tags: [all] }
  web:
    address: 10.0.0.2 # the new one
    tags: [all]
  db:
secrets:
  backend: sops
  admins: { alice: ${alice}, bob: ${bob} }
  files:
    secrets/nas.yaml: { hosts: [nas] } # its own
    secrets/all.yaml: { hosts: ["*"] }
    secrets/tag.yaml:
      hosts:
        - "@all"
      admins: [alice, bob]
`;

describe("a host that is added to the secrets of a fleet", () => {
  it("has its key pinned, and what selectors say needs no more words", async () => {
    const { text, after } = await addHostToPolicy(fleet(fleetText), { name: "web", keys: [webSsh] });
    expect(changed(fleetText, text)).toEqual([`+    hostKey: "${webSsh}"`]);
    expect(after.rules.map(({ groups }) => groups[0]?.length)).toEqual([3, 4, 4]);
  });

  it("is named by the files that it is to read", async () => {
    const request = { name: "web", keys: [webSsh], files: ["secrets/nas.yaml", "secrets/all.yaml"] };
    const { text } = await addHostToPolicy(fleet(fleetText), request);
    expect(changed(fleetText, text)).toEqual([
      `-    secrets/nas.yaml: { hosts: [nas] } # its own`,
      `+    hostKey: "${webSsh}"`,
      `+    secrets/nas.yaml: { hosts: [nas, web] } # its own`,
    ]);
  });

  it("may have an empty body", async () => {
    const { text } = await addHostToPolicy(fleet(fleetText), { name: "db", keys: [webSsh] });
    expect(changed(fleetText, text)).toEqual([`-  db:`, `+  db: { hostKey: "${webSsh}" }`]);
  });

  it("must be a host of the fleet", async () => {
    const added = addHostToPolicy(fleet(fleetText), { name: "new", keys: [webSsh] });
    await expect(added).rejects.toMatchObject({ code: "FLURRY_POLICY_NAME_UNKNOWN" });
  });
});

describe("somebody who is taken out of the secrets of a fleet", () => {
  it("is excluded from selectors and lists", async () => {
    const { text } = await removeFromPolicy(fleet(fleetText), "nas");
    expect(changed(fleetText, text)).toEqual([
      `-    secrets/nas.yaml: { hosts: [nas] } # its own`,
      `-    secrets/all.yaml: { hosts: ["*"] }`,
      `-        - "@all"`,
      `+    secrets/nas.yaml: { hosts: [] } # its own`,
      `+    secrets/all.yaml: { hosts: ["* and !nas"] }`,
      `+        - "@all and !nas"`,
    ]);
  });

  it("is no admin any more", async () => {
    const { text } = await removeFromPolicy(fleet(fleetText), "bob");
    expect(changed(fleetText, text)).toEqual([
      `-  admins: { alice: ${alice}, bob: ${bob} }`,
      `-      admins: [alice, bob]`,
      `+  admins: { alice: ${alice} }`,
      `+      admins: [alice]`,
    ]);
  });
});
