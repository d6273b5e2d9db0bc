import { describe, expect, it } from "vitest";

import { planOf } from "../rekey/plan.ts";
import { ruleFor } from "./policy.ts";
import type { Policy } from "./policy.ts";
import { sopsPolicy } from "./sops-policy.ts";

const alice = "age12cesk05x5sn6vckvt9ty6hp8pkd3rlt42a0c82v97vut2hxaqsysfpey4m";
const nas = "age1ykr26nw3vu730h82h8zk88nhax66wz7263kgx2f6h9c3gz7gspusnxxanr";
const web = "age16cvccl7klgu5dj8n79lwyh3nqdgvtdfz67nau8e06jqkwqgu3f2stxjejh";
const fingerprint = "FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4";

function policy(text: string): Policy {
  return sopsPolicy(text, "/repo/.sops.yaml", { file: ".sops.yaml" });
}

function codes(text: string): string[] {
  return policy(text).issues.map(({ code, place }) => `${code} ${place?.line}:${place?.column}`);
}

function idsFor(text: string, path: string): string[][] | undefined {
  return ruleFor(policy(text), path)?.groups.map((group) => group.map(({ id }) => id));
}

describe("the rules of a .sops.yaml", () => {
  it("takes the first that matches, unanchored and by RE2", () => {
    const text = `creation_rules:
  - path_regex: (?i)NAS/[[:alpha:]]+\\.yaml$
    age: ${nas}
  - age: ${alice}
`;
    expect(idsFor(text, "hosts/nas/db.yaml")).toEqual([[nas]]);
    expect(idsFor(text, "hosts/nas/db1.yaml")).toEqual([[alice]]);
    expect(idsFor(text, "x")).toEqual([[alice]]);
  });

  it("reads keys as texts with commas, as lists, as anchors and with merge keys", () => {
    const text = `keys:
  - &alice ${alice}
  - &nas ${nas}
base: &base
  age: [*alice]
creation_rules:
  - path_regex: ^a$
    age: >-
      ${alice},
      ${nas}
  - path_regex: ^b$
    age: [*nas]
    pgp: "${fingerprint.slice(0, 20)} ${fingerprint.slice(20)}"
  - path_regex: ^c$
    <<: *base
  - path_regex: ^d$
    key_groups:
      - merge:
          - age: [*alice, *nas]
          - age: [*alice]
        pgp: [${fingerprint}]
`;
    expect(codes(text)).toEqual([]);
    expect(idsFor(text, "a")).toEqual([[alice, nas]]);
    expect(idsFor(text, "b")).toEqual([[nas, fingerprint]]);
    expect(idsFor(text, "c")).toEqual([[alice]]);
    expect(idsFor(text, "d")).toEqual([[alice, nas, fingerprint]]);
  });

  it("keeps keys of clouds as files name them", () => {
    const text = `creation_rules:
  - key_groups:
      - kms: [{ arn: "arn:aws:kms:eu:1:key/2", role: "arn:aws:iam::1:role/x" }]
        gcp_kms: [{ resource_id: projects/p/k }]
        azure_keyvault: [{ vaultUrl: "https://v.vault.azure.net", key: k, version: "1" }]
        hc_vault: ["https://vault:8200/v1/sops/keys/first"]
`;
    expect(codes(text)).toEqual([]);
    expect(idsFor(text, "any")).toEqual([
      [
        "arn:aws:kms:eu:1:key/2 arn:aws:iam::1:role/x",
        "projects/p/k",
        "https://v.vault.azure.net k 1",
        "https://vault:8200 sops first",
      ],
    ]);
  });

  it.each([
    ["creation_rules:\n  - path_regexp: a\n    age: " + alice, ["unknown-config-key 2:5"]],
    ["creation_rule: []\n", ["unknown-config-key 1:1"]],
    [`creation_rules:\n  - path_regex: a(?=b)\n    age: ${alice}`, ["path-regex-invalid 2:17"]],
    [`creation_rules:\n  - age: ${alice}\n  - path_regex: a\n    age: ${nas}`, ["rule-unreachable 3:5"]],
    [`creation_rules:\n  - path_regex: a\n`, ["rule-without-keys 2:5"]],
    [`creation_rules:\n  - path_regex: a\n    age: age1qqqq`, ["recipient-invalid 3:10", "rule-without-keys 2:5"]],
    [`creation_rules:\n  - pgp: ${fingerprint}\n    key_groups: [{ age: [${alice}] }]`, ["keys-ignored 2:5"]],
    [`creation_rules:\n  - key_groups:\n      - age: [[${alice}]]`, ["nested-keys 3:15"]],
    [`creation_rules:\n  - key_groups:\n      - age: [${alice}]\n        agee: []`, ["unknown-config-key 4:9"]],
    [
      `creation_rules:\n  - key_groups:\n      - age: [${alice}]\n      - pgp: [${fingerprint}]`,
      ["accidental-groups 4:9"],
    ],
    [
      `creation_rules:\n  - shamir_threshold: 3\n    key_groups:\n      - age: [${alice}]\n      - age: [${nas}]`,
      ["threshold-invalid 2:23"],
    ],
    [`creation_rules:\n  - age: ${alice}\n    encrypted_regex: a\n    unencrypted_suffix: b`, ["selectors-clash 4:5"]],
    [`creation_rules: { a: b }`, ["config-invalid 1:17"]],
    ["- a", ["config-invalid 1:1"]],
  ])("reports %j", (text, expected) => expect(codes(text)).toEqual(expected));

  it.each([
    ["a rule that matches nothing", `creation_rules:\n  - path_regex: "(("\n    age: ${alice}\n  - age: ${nas}`, 2],
    ["a damaged recipient", `creation_rules:\n  - age: ${alice},age1xyz\n`, 2],
    ["two selectors", `creation_rules:\n  - age: ${alice}\n    encrypted_regex: a\n    encrypted_suffix: b\n`, 4],
  ])("by which nothing is written: %s", (_, text, line) => {
    const read = policy(text);
    const refused = { code: "FLURRY_POLICY_INVALID", place: expect.objectContaining({ line }) };
    expect(() => planOf(read, [])).toThrow(expect.objectContaining(refused));
  });

  it("a rule that is only odd is followed", () => {
    expect(planOf(policy(`creation_rules:\n  - age: ${alice}\n    note: x\n`), []).drifted).toEqual([]);
  });

  it("does not repeat a private key that stands where a recipient belongs", () => {
    const secret = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ";
    const { issues } = policy(`creation_rules:\n  - age: ${secret}`);
    expect(issues.map(({ code }) => code)).toContain("recipient-invalid");
    expect(JSON.stringify(issues)).not.toContain("SECRET-KEY-1QQ");
  });

  it.each(["a: [", "", "%YAML 9.9\n---\n{"])("refuses %j", (text) => {
    expect(() => policy(text)).toThrow(expect.objectContaining({ code: "FLURRY_POLICY_INVALID" }));
  });

  it.each(["a: *b\n", `a: &a\n  <<: *a\ncreation_rules:\n  - *a\n`])("ends with %j", (text) => {
    expect(policy(text).rules.length).toBeLessThan(2);
  });
});

describe("the names of readers", () => {
  const named = (text: string): string[] => policy(text).readers.map(({ name, kind }) => `${kind} ${name}`);

  it("come from anchors, and the lists around them say what they are", () => {
    expect(
      named(`keys:
  - &alice ${alice}
  - &hosts
    - &nas ${nas}
creation_rules:
  - age: [*alice, *nas]
`),
    ).toEqual(["admin alice", "host nas"]);
    expect(
      named(`keys:
  - &admin_alice ${alice}
  - &server_nas ${nas}
creation_rules:
  - age: [*admin_alice, *server_nas]
`),
    ).toEqual(["admin admin_alice", "host server_nas"]);
  });

  it("come from comments, and from those of ssh keys", () => {
    const ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKQ7demcSFZUr8NiPcPkXjcSguQnulEZmv0ET/l81LN9";
    expect(
      named(`creation_rules:
  - age:
      - ${alice} # alice
      # web
      - ${web}
      - ${ssh} root@nas
`),
    ).toEqual(["key alice", "key web", "host nas"]);
  });

  it("joins several keys of one name", () => {
    const text = `keys: [&nas ${nas}, &nas__2 ${web}]\ncreation_rules:\n  - age: [*nas, *nas__2]\n`;
    expect(policy(text).readers.map(({ name, keys }) => [name, keys.length])).toEqual([["nas", 2]]);
  });
});
