import type { Result } from "@flurry/core";
import { describe, expect, it } from "vitest";

import type { Fleet } from "../fleet/fleet.ts";
import { colmenaKeys } from "./colmena-schema.ts";
import { readColmena } from "./colmena.ts";
import { deployRsKeys } from "./deploy-rs-schema.ts";
import { readDeployRs } from "./deploy-rs.ts";

const hostile = [
  "-oProxyCommand=touch pwned",
  "$(touch pwned)",
  "`touch pwned`",
  "'; touch pwned; '",
  "a; touch pwned",
  "a && touch pwned",
  "a | touch pwned",
  "> pwned",
  "a\nb",
  "a\0b",
  "a\u001b[2Jb",
  "../../etc/passwd",
];

type Put = (text: string) => Result<Fleet>;

function deployRs(node: object, more: object = {}): Result<Fleet> {
  const deploy = { ...more, nodes: { nas: { hostname: "10.0.0.5", sshUser: "root", ...node } } };
  return readDeployRs(deploy, { nixosConfigurations: ["nas"], file: "flake.nix" });
}

const onEachLevel = (key: string, value: (text: string) => unknown): Readonly<Record<string, Put>> => ({
  [`deploy.${key}`]: (text) => deployRs({}, { [key]: value(text) }),
  [`node.${key}`]: (text) => deployRs({ [key]: value(text) }),
  [`profile.${key}`]: (text) => deployRs({ profiles: { home: { user: "alice", [key]: value(text) } } }),
});

const same = (text: string): string => text;
const listed = (text: string): readonly string[] => [text];

/** Every field of deploy-rs that holds a text. */
const deployRsFields: Readonly<Record<string, Put>> = {
  ...onEachLevel("sshUser", same),
  ...onEachLevel("user", same),
  ...onEachLevel("sudo", same),
  ...onEachLevel("sshOpts", listed),
  ...onEachLevel("tempPath", same),
  "node.hostname": (text) => deployRs({ hostname: text }),
  "node.profilesOrder": (text) => deployRs({ profilesOrder: [text] }),
  "node.profiles": (text) => deployRs({ profiles: { [text]: { user: "alice" } } }),
  "profile.profilePath": (text) => deployRs({ profiles: { home: { user: "alice", profilePath: text } } }),
  // Left out of what is read; evaluated, and checked then, as the path of a store.
  "profile.path": (text) => deployRs({ profiles: { home: { user: "alice", path: text } } }),
};

function hive(node: object, name = "nas"): Result<Fleet> {
  return readColmena({ meta: {}, nodes: { [name]: { targetHost: "10.0.0.5", ...node } } }, { file: "flake.nix" });
}

const key = (piece: object): Result<Fleet> => hive({ keys: { token: { source: "text", ...piece } } });

/** Every field of a hive that holds a text. */
const colmenaFields: Readonly<Record<string, Put>> = {
  "meta.name": (text) => readColmena({ meta: { name: text }, nodes: {} }),
  "meta.description": (text) => readColmena({ meta: { description: text }, nodes: {} }),
  "meta.machinesFile": (text) => readColmena({ meta: { machinesFile: text }, nodes: {} }),
  "node.targetHost": (text) => hive({ targetHost: text }),
  "node.targetUser": (text) => hive({ targetUser: text }),
  "node.tags": (text) => hive({ tags: [text] }),
  "node.privilegeEscalationCommand": (text) => hive({ privilegeEscalationCommand: [text] }),
  "node.sshOptions": (text) => hive({ sshOptions: [text] }),
  "node.keys": (text) => hive({ keys: { [text]: { source: "text" } } }),
  "key.name": (text) => key({ name: text }),
  "key.source": (text) => key({ source: text }),
  "key.keyFile": (text) => key({ source: "keyFile", keyFile: text }),
  "key.keyCommand": (text) => key({ source: "keyCommand", keyCommand: [text] }),
  "key.destDir": (text) => key({ destDir: text }),
  "key.path": (text) => key({ path: text }),
  "key.user": (text) => key({ user: text }),
  "key.group": (text) => key({ group: text }),
  "key.permissions": (text) => key({ permissions: text }),
  "key.uploadAt": (text) => key({ uploadAt: text }),
};

/** Fields that take some of these, and why nothing runs. */
const takenAsTheyAre: Readonly<Record<string, string>> = {
  "deploy.sshOpts": "is read as ssh's own command line, and refused there unless it says how to connect",
  "node.sshOpts": "the same",
  "profile.sshOpts": "the same",
  "deploy.sudo": "is the command of whoever may become root, and may be a path",
  "node.sudo": "the same",
  "profile.sudo": "the same",
  "deploy.tempPath": "is not used",
  "node.tempPath": "the same",
  "profile.tempPath": "the same",
  "profile.path": "is evaluated, and has to be the path of a store",
  "meta.name": "is not used",
  "meta.description": "is only shown, with control characters made visible",
  "meta.machinesFile": "is not used",
  "node.tags": "is left out with a warning",
  "node.privilegeEscalationCommand": "its words reach a shell in quotes",
  "node.sshOptions": "is read as ssh's own command line, and refused there unless it says how to connect",
  "node.keys": "is the name of a file, one line of a message that no shell reads, and quoted in the unit's script",
  "key.name": "the same",
  "key.keyFile": "is a file's name that only Flurry itself opens",
  "key.keyCommand": "is a command by its meaning, and is run without a shell",
};

const taken = (put: Put): readonly string[] => hostile.filter((text) => put(text).ok);

describe.each([
  ["deploy-rs", deployRsFields, new Set([...deployRsKeys.deploy, ...deployRsKeys.node, ...deployRsKeys.profile])],
  ["Colmena", colmenaFields, new Set([...colmenaKeys.meta, ...colmenaKeys.node, ...colmenaKeys.key])],
])("what %s says, with hostile texts", (_, fields, known) => {
  /** Numbers and switches, and what holds others. */
  const noTexts = /Timeout$|Rollback$|Connection$|Build$|Sudo$|Port$|Local|OnTarget$|Profiles$|^nodes$|ApplyAll$/;

  it("has every field on the list", () => {
    const tried = new Set(Object.keys(fields).map((field) => field.split(".")[1]));
    expect([...known].filter((name) => !noTexts.test(name) && !tried.has(name))).toEqual([]);
  });

  it("is refused where it is not harmless by its use", () => {
    const taking = Object.entries(fields).filter(([, put]) => taken(put).length > 0);
    const harmless = Object.keys(fields).filter((field) => takenAsTheyAre[field] !== undefined);
    expect(taking.map(([field]) => field)).toEqual(harmless);
  });
});

describe("control characters", () => {
  it.each(["node.keys", "key.name", "key.destDir", "key.path", "node.privilegeEscalationCommand"])(
    "never get into %s",
    (field) => {
      const put = colmenaFields[field];
      const control = ["a\nb", "a\0b", "a\u001b[2Jb"];
      expect(control.map((text) => put?.(text).ok)).toEqual([false, false, false]);
    },
  );
});
