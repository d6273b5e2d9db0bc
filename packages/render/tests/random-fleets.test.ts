import { parseFleet } from "@flurry/schema";
import type { Fleet } from "@flurry/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { renderFleet } from "../src/index.ts";
import { evaluateAll, parseAll } from "./nix-instantiate.ts";

const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJiTz2NUHR9jmNsbCIVFOGGhFKTPEQ+Xw4PE3NK8pjX1";
const ageKey = "age12cesk05x5sn6vckvt9ty6hp8pkd3rlt42a0c82v97vut2hxaqsysfpey4m";

const hostName = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,8}$/),
  fc.constantFrom("let", "1", "a.b", "rec", "meta"),
);
const word = fc.constantFrom("$", "${x}", "''", '"', "é", " ", "a", "let", "#", "+", "(", "😀", "=");
const odd = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(""));

const host = fc.record(
  {
    configuration: odd.filter((name) => !/["\\]|\$\{/.test(name)),
    tags: fc.constant(["x"]),
    modules: fc.subarray(["common", "services/web", "a.b"]),
    hostKey: fc.constant(sshKey),
    deploy: fc.record({ sshUser: fc.constant("me"), sshOptions: fc.array(odd), port: fc.constant(22) }),
  },
  { requiredKeys: [] },
);

/** Fleets as strange as fleet.yaml lets them be. */
const fleets: fc.Arbitrary<Fleet> = fc
  .record({
    description: odd,
    nixpkgs: fc.constant("github:NixOS/nixpkgs/nixos-24.11"),
    inputs: fc.dictionary(fc.constantFrom("let", "a'b", "nixpkgs-unstable", "x"), fc.constant("github:a/b?x=$y")),
    defaults: fc.constant({ system: "aarch64-linux" }),
    hosts: fc.dictionary(hostName, host, { minKeys: 1, maxKeys: 4 }),
    secrets: fc.record({
      backend: fc.constantFrom("sops", "agenix"),
      admins: fc.constant({ "a.lice": ageKey, let: sshKey }),
      files: fc.dictionary(
        odd.filter((path) => !path.startsWith("-")),
        fc.constant({ hosts: ["*"] }),
        { maxKeys: 3 },
      ),
    }),
  })
  .map((input) => parseFleet(input))
  .filter((result) => result.ok)
  .map((result) => (result.ok ? result.value : undefined))
  .filter((fleet) => fleet !== undefined)
  .filter((fleet) => new Set(fleet.hosts.map(({ attrPath }) => attrPath[1])).size === fleet.hosts.length);

/** What a flake's hive says of its nodes; the last module of each is its deployment. */
const deployments = `(f: builtins.mapAttrs (_: node: (builtins.elemAt node (builtins.length node - 1)).deployment)
  (removeAttrs (f.outputs { self = { }; nixpkgs = { }; }).colmena [ "meta" "defaults" ]))`;

function deploymentsOf({ hosts }: Fleet): unknown {
  const nodes = hosts.filter(({ name }) => name !== "meta");
  return Object.fromEntries(
    nodes.map(({ name, tags, deploy: { sshUser, sshPort, sshOptions } }) => [
      name,
      {
        targetHost: name,
        targetUser: sshUser ?? null,
        ...(sshPort === undefined ? {} : { targetPort: sshPort }),
        ...(tags.length === 0 ? {} : { tags }),
        ...(sshOptions.length === 0 ? {} : { sshOptions }),
      },
    ]),
  );
}

describe("fleets with odd names", () => {
  it("give Nix files that parse, and agenix rules that are the policy", async () => {
    const sample = fc.sample(fleets, 200);
    const rendered = sample.map((fleet) => ({
      fleet,
      files: renderFleet(fleet, { existing: () => "" }).files,
    }));
    await parseAll(
      rendered.flatMap(({ files }) => files.flatMap(({ path, content }) => (path.endsWith(".nix") ? [content] : []))),
    );
    const rules = rendered.flatMap(({ fleet, files }) =>
      files.flatMap(({ path, content }) => (path === "secrets.nix" ? [{ fleet, content }] : [])),
    );
    expect(rules.length).toBeGreaterThan(20);
    expect(await evaluateAll(rules.map(({ content }) => content))).toEqual(
      rules.map(({ fleet }) =>
        Object.fromEntries(
          fleet.secrets?.files.map(({ path }) => [
            path,
            { publicKeys: [ageKey, sshKey, ...fleet.hosts.flatMap(({ hostKeys }) => hostKeys)] },
          ]) ?? [],
        ),
      ),
    );
    const described = rendered.map(({ files }) => files.find(({ path }) => path === "flake.nix")?.content ?? "");
    const values = await evaluateAll(
      described.map((code) => `let f = ${code}; in [ f.description (builtins.attrNames f.inputs) (${deployments} f) ]`),
    );
    expect(values.map((value) => Object(value)[0])).toEqual(sample.map(({ description }) => description));
    expect(values.map((value) => Object(value)[2])).toEqual(sample.map(deploymentsOf));
  });
});
