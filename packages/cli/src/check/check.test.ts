import { nixTokens } from "@flurry/nix";
import { parseFleetYaml } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { sarifLog } from "../renderers/sarif.ts";
import { checkFiles } from "./check-files.ts";
import { withoutIgnored } from "./ignore.ts";
import type { CheckRepository, NixFile } from "./rule.ts";
import { allRules } from "./rules.ts";

const known = allRules.map(({ name }) => name);

function repositoryOf(
  files: Readonly<Record<string, string>>,
  { untracked = [] }: { readonly untracked?: readonly string[] } = {},
): CheckRepository {
  const nixFiles = Object.entries(files)
    .filter(([path]) => path.endsWith(".nix"))
    .map(([path, text]): NixFile => {
      const tokens = nixTokens(text);
      return { path, tokens, code: tokens.filter(({ kind }) => kind !== "space" && kind !== "comment") };
    });
  const fleet =
    files["fleet.yaml"] === undefined ? undefined : parseFleetYaml(files["fleet.yaml"], { file: "fleet.yaml" });
  if (fleet?.ok === false) throw new Error(fleet.issues[0]?.message);
  return {
    directory: "/nowhere",
    files: Object.keys(files).filter((file) => !untracked.includes(file)),
    untracked,
    prefix: "",
    nixFiles,
    ...(fleet === undefined ? {} : { fleet: fleet.value }),
    hasFlake: files["flake.nix"] !== undefined,
    text: (path) => files[path],
    nowMs: Date.UTC(2026, 0, 1),
  };
}

/** `rule file:line:column`, after the comments that ignore. */
function found(repository: CheckRepository): readonly string[] {
  return withoutIgnored(checkFiles(repository), repository, known).map(
    ({ rule, file, line, column }) => `${rule} ${[file, line, column].filter((part) => part !== undefined).join(":")}`,
  );
}

describe("rules over Nix code", () => {
  it.each<readonly [string, string, readonly string[]]>([
    ["a search path", "import <nixpkgs/nixos> { }", ["nix-search-path a.nix:1:8"]],
    ["one in a string or a comment", '"<nixpkgs>" # <nixpkgs>', []],
    ["one in an interpolation", '"${<nixpkgs>}"', ["nix-search-path a.nix:1:4"]],
    ["a comparison", "a <b> c", ["nix-search-path a.nix:1:3"]],
    ["currentSystem", "{ system ? builtins.currentSystem }: system", ["nix-current-system a.nix:1:21"]],
    ["an argument of that name", "{ currentSystem }: currentSystem", []],
    ["one that was inherited", "let inherit (builtins) map currentSystem; in 1", ["nix-current-system a.nix:1:28"]],
    ["one of another set", "config.currentSystem", []],
    ["one out of with", 'with builtins; getEnv "HOME"', ["nix-get-env a.nix:1:16"]],
    ["the name of an attribute", "with builtins; { getEnv = 1; }", []],
    ["the time", "builtins . currentTime", ["nix-current-time a.nix:1:12"]],
    [
      "a path elsewhere",
      "imports = [ /etc/nixos/a.nix ~/b.nix ];",
      ["nix-absolute-path a.nix:1:13", "nix-absolute-path a.nix:1:30"],
    ],
    ["paths in the repository", "[ ./a.nix ../b/c.nix ./hosts/${name}/d.nix ]", []],
    ["a path in a string", '"/run/secrets"', []],
    ["what is added to a path", "src + /package.json", []],
    [
      "a fetch without a hash",
      'fetchTarball "https://x/y" + fetchGit https://x/y',
      ["nix-unpinned-fetch a.nix:1:1", "nix-unpinned-fetch a.nix:1:30"],
    ],
    ["a fetch with one", 'fetchTarball { url = "https://x/y"; sha256 = "a"; }', []],
    ["a secret that is read", "password = builtins.readFile ../secrets/wifi;", ["secret-read a.nix:1:21"]],
    [
      "a secret in parentheses",
      'x = lib.fileContents (./. + "/a");  y = readFile ("/run/secrets/b");',
      ["secret-read a.nix:1:41"],
    ],
    ["a secret with an interpolation", "readFile ./keys/${name}.key", ["secret-read a.nix:1:1"]],
    ["a public key", "readFile ./secrets/deploy.pub", []],
    ["any other file", "readFile ./motd.txt", []],
    ["an ignored finding", "x = <a>; # flurry: ignore nix-search-path", []],
    ["an ignored next line", "# flurry: ignore nix-get-env, nix-search-path\nx = <a>;", []],
    ["another rule that is ignored", "x = <a>; # flurry: ignore nix-get-env", ["nix-search-path a.nix:1:5"]],
    ["a rule that there is not", "# flurry: ignore nix-search-pat\n1", ["unknown-ignore a.nix:1"]],
    ["a string that looks like ignoring", '"# flurry: ignore nix-search-path" <a>', ["nix-search-path a.nix:1:36"]],
  ])("%s", (_, code, findings) => expect(found(repositoryOf({ "a.nix": code }))).toEqual(findings));
});

describe("rules over the repository", () => {
  it("names what git does not know and Nix needs", () => {
    const files = { "a.nix": "{ x = ./data/list.txt; }", "hosts/b.nix": "1", "data/list.txt": "", "notes.md": "" };
    const untracked = ["hosts/b.nix", "data/list.txt", "notes.md"];
    expect(found(repositoryOf(files, { untracked }))).toEqual([
      "git-untracked hosts/b.nix",
      "git-untracked data/list.txt",
    ]);
  });

  it.each([
    ["sops", "password: hunter2\n", ["secret-plaintext secrets/a.yaml:1:1"]],
    ["sops", "password: ENC[x]\nsops:\n    mac: x\n", []],
    ["agenix", "hunter2", ["secret-plaintext secrets/a.yaml:1:1"]],
    ["agenix", "age-encryption.org/v1\n-> X25519 x\n", []],
  ])("finds secrets of %s in clear", (backend, text, findings) => {
    const key = "age12cesk05x5sn6vckvt9ty6hp8pkd3rlt42a0c82v97vut2hxaqsysfpey4m";
    const fleet = `hosts: { nas: {} }\nsecrets: { backend: ${backend}, admins: { a: ${key} }, files: { "secrets/*.yaml": { hosts: [nas] } } }\n`;
    expect(found(repositoryOf({ "fleet.yaml": fleet, "secrets/a.yaml": text }))).toEqual(findings);
  });

  it("tells of a lock file that is missing or broken", () => {
    expect(found(repositoryOf({ "flake.nix": "{ }" }))).toEqual(["lock-file flake.nix:1:1"]);
    expect(found(repositoryOf({ "flake.nix": "{ }", "flake.lock": "{}\n<<<<<<< x\n" }))).toEqual([
      "lock-file flake.lock:2:1",
    ]);
  });

  it("lists each rule once, with what it is about", () => {
    expect(new Set(known).size).toBe(known.length);
    for (const { about } of allRules) expect(about).toMatch(/^\S.*\.$/);
  });
});

it("writes a SARIF log that names rule, level and place", () => {
  const finding = {
    rule: "nix-search-path",
    severity: "error",
    file: "hosts/a b.nix",
    line: 3,
    column: 5,
    message: "m",
    hint: "h",
  } as const;
  const log: unknown = JSON.parse(sarifLog([finding], { rules: allRules, version: "1.2.3", prefix: "fleet/" }));
  expect(log).toMatchObject({
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "flurry", version: "1.2.3" } },
        results: [
          {
            ruleId: "nix-search-path",
            ruleIndex: known.indexOf("nix-search-path"),
            level: "error",
            message: { text: "m. h" },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: "fleet/hosts/a%20b.nix", uriBaseId: "SRCROOT" },
                  region: { startLine: 3, startColumn: 5 },
                },
              },
            ],
          },
        ],
      },
    ],
  });
});
