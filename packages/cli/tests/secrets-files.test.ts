import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { bin, hasTool, secretsPlace } from "./support/secrets-place.ts";
import type { SecretsPlace } from "./support/secrets-place.ts";

const withSops = hasTool("sops");

/** What sops reads must be what Flurry reads. */
async function agreed(place: SecretsPlace, name: string): Promise<string> {
  const ours = await place.ok(["get", name]);
  expect(withSops ? await place.sops(name) : ours).toBe(ours);
  return ours;
}

const samples = {
  "team/app.yaml": "# what the app needs\nport: 80\npassword: hunter2\nusers:\n    - alice\n    - bob\n",
  "team/app.json": '{\n\t"port": 80,\n\t"password": "hunter2"\n}\n',
  "team/app.env": "PORT=80\npassword=hunter2\n",
  "team/app.ini": "[main]\nport     = 80\npassword = hunter2\n",
} as const;

async function encrypted(place: SecretsPlace, name: keyof typeof samples = "team/app.yaml"): Promise<string> {
  await mkdir(join(place.path, "team"), { recursive: true });
  await place.put(name, samples[name]);
  await place.ok(["encrypt", "--in-place", name]);
  return name;
}

describe("encrypt and decrypt", () => {
  it.each(Object.keys(samples) as (keyof typeof samples)[])("%s is what sops reads", async (name) => {
    await using place = await secretsPlace();
    await encrypted(place, name);
    expect((await place.read(name)).toString()).not.toContain("hunter2");
    expect(await agreed(place, name)).toBe(samples[name]);
    await place.ok(["decrypt", "--in-place", name]);
    expect((await place.read(name)).toString()).toBe(samples[name]);
    expect((await stat(join(place.path, name))).mode & 0o777).toBe(0o600);
  });

  it("a binary and an age file are one value", async () => {
    await using place = await secretsPlace();
    const bytes = Buffer.from([0, 255, 10, 13, 0]);
    await place.ok(["set", "blob.bin", "--age", place.recipient], { stdin: bytes });
    await place.ok(["decrypt", "blob.bin", "--output", "blob"]);
    expect(await place.read("blob")).toEqual(bytes);
    await place.ok(["encrypt", "blob", "--output", "blob.age", "--age", place.recipient]);
    await place.ok(["decrypt", "blob.age", "--output", "again"]);
    expect(await place.read("again")).toEqual(bytes);
    const identity = join(place.env["HOME"] ?? "", ".config/sops/age/keys.txt");
    if (hasTool("age")) await place.run("age", ["-d", "-i", identity, "-o", "again", "blob.age"]);
    expect(await place.read("again")).toEqual(bytes);
  });

  it("--output-type gives another format, the values that sops gives", async () => {
    await using place = await secretsPlace();
    const yaml = await encrypted(place);
    const as = async (type: string, name: string): Promise<string> => {
      const words = ["decrypt", "--output-type", type, name];
      const ours = await place.ok(words);
      const theirs = withSops ? (await place.run("sops", words)).stdout : ours;
      const valuesOf = type === "json" || type === "yaml" ? parse : String;
      expect(valuesOf(ours)).toEqual(valuesOf(theirs));
      return ours;
    };
    expect(JSON.parse(await as("json", yaml))).toEqual({ port: 80, password: "hunter2", users: ["alice", "bob"] });
    expect(await as("yaml", yaml)).toBe(samples["team/app.yaml"]);
    expect(await as("yaml", await encrypted(place, "team/app.json"))).toBe("port: 80\npassword: hunter2\n");
    expect(await as("dotenv", "team/app.json")).toBe("port=80\npassword=hunter2\n");
    // sops puts an empty section DEFAULT before those of INI.
    const ini = ["decrypt", "--output-type", "json", await encrypted(place, "team/app.ini")];
    expect(JSON.parse(await place.ok(ini))).toEqual({ main: { port: "80", password: "hunter2" } });
    const section = ["decrypt", "--output-type", "dotenv", "--extract", '["main"]', "team/app.ini"];
    expect(await place.ok(section)).toBe("port=80\npassword=hunter2\n");
    expect(await place.flurry(["decrypt", "--output-type", "dotenv", yaml])).toMatchObject({ exitCode: 4 });
    expect(await place.flurry(["decrypt", "--output-type", "binary", yaml])).toMatchObject({ exitCode: 4 });
    expect(await place.flurry(["decrypt", "--output-type", "json", "--in-place", yaml])).toMatchObject({ exitCode: 2 });
  });

  it("exit codes are those of sops", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    const code = async (words: readonly string[], env: Record<string, string> = {}): Promise<number | null> =>
      (await place.flurry(words, { env })).exitCode;
    expect(await code(["decrypt", "nowhere.yaml"])).toBe(100);
    expect(await code(["encrypt", name])).toBe(203);
    expect(await place.spawn(["encrypt", name])).toMatchObject({ exitCode: 203, signal: null });
    expect(await code(["get", name, "nope"])).toBe(91);
    expect(await code(["get", name], { HOME: "/nonexistent" })).toBe(128);
    expect(await code(["encrypt", "--filename-override", "x.yaml", "-"])).toBe(111);
    expect(await code(["edit", name], { EDITOR: "true" })).toBe(200);
    await place.put(
      name,
      (await place.read(name)).toString().replace("port: ENC[AES256_GCM,data:", "port: ENC[AES256_GCM,data:A"),
    );
    expect(await code(["get", name])).toBe(25);
  });
});

describe("set and unset", () => {
  it("a value changes and all others keep their ciphertext", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    const before = (await place.read(name)).toString().split("\n");
    const set = await place.spawn(["set", name, "password"], { stdin: "correct horse\n" });
    expect(set).toMatchObject({ exitCode: 0 });
    const after = (await place.read(name)).toString().split("\n");
    const changed = after.filter((line, index) => line !== before[index]).map((line) => line.trim().split(":")[0]);
    expect(changed.every((key) => ["password", "lastmodified", "mac"].includes(key ?? ""))).toBe(true);
    expect(await agreed(place, name)).toBe(samples["team/app.yaml"].replace("hunter2", "correct horse"));
    await place.ok(["set", name, "tls", "--json-value"], { stdin: '{"n": [1, 2.5, null, true]}' });
    await place.ok(["unset", name, "users[0]"]);
    expect(JSON.parse(await place.ok(["get", name, "tls"]))).toEqual({ n: [1, 2.5, null, true] });
    expect(await place.ok(["get", name, '["users"][0]'])).toBe("bob");
    await agreed(place, name);
  });

  it.each(["team/new.yaml", "team/new.json", "team/new.env", "team/new.ini"])("%s is made", async (name) => {
    await using place = await secretsPlace();
    const path = name.endsWith("ini") ? "main.key" : "key";
    await place.ok(["set", name, path], { stdin: "a value" });
    expect(await place.ok(["get", name, path])).toBe("a value");
    expect((await stat(join(place.path, name))).mode & 0o777).toBe(0o600);
    await agreed(place, name);
  });

  it("a text of several lines stays as it is", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    const pem = "-----BEGIN KEY-----\nabc\n-----END KEY-----\n";
    await place.ok(["set", name, "pem"], { stdin: pem });
    expect(await place.ok(["get", name, "pem"])).toBe(pem);
    await agreed(place, name);
  });

  it("what would be written can be seen before", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    const before = await place.read(name);
    const said = await place.flurry(["set", name, "password", "--dry-run"], { stdin: "x" });
    expect(said).toMatchObject({ exitCode: 0, stderr: `${name}: password set (not written)\n` });
    await place.ok(["unset", name, "password", "--dry-run"]);
    await place.ok(["set", name, "password"], { stdin: "hunter2" });
    expect(await place.read(name)).toEqual(before);
  });

  it("nothing is written through a link", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    const before = await place.read(name);
    await symlink("app.yaml", join(place.path, "team/link.yaml"));
    const words = [
      ["set", "team/link.yaml", "password"],
      ["decrypt", name, "--output", "team/link.yaml"],
    ];
    for (const one of words) expect((await place.flurry(one, { stdin: "x" })).exitCode).toBe(3);
    expect(await place.read(name)).toEqual(before);
  });
});

describe("edit", () => {
  it("an editor sees the file in clear in memory and what it saves is encrypted", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    await place.put(
      "editor",
      '#!/bin/sh\nfor f; do :; done\nstat -c "%a %n" "$f" "$(dirname "$f")" > seen\nsed -i s/hunter2/swordfish/ "$f"\n',
    );
    await chmod(join(place.path, "editor"), 0o700);
    const env = { EDITOR: join(place.path, "editor"), XDG_RUNTIME_DIR: "/nonexistent" };
    expect(await place.spawn(["edit", name], { env })).toMatchObject({ exitCode: 0 });
    const [file, folder] = (await place.read("seen")).toString().split("\n");
    expect(file).toMatch(/^600 \/dev\/shm\/flurry-secrets-\d+-\w+\/app\.yaml$/);
    expect(folder).toMatch(/^700 /);
    expect(await agreed(place, name)).toBe(samples["team/app.yaml"].replace("hunter2", "swordfish"));
    expect((await readdir("/dev/shm")).filter((one) => folder?.endsWith(one))).toEqual([]);
  });

  it("what cannot be saved leaves the file as it was", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    const before = await place.read(name);
    for (const [editor, code] of [
      ["sed -i s/:/]/", 2],
      ["false", 201],
      ["flurry-no-such-editor", 201],
    ] as const)
      expect((await place.flurry(["edit", name], { env: { EDITOR: editor } })).exitCode).toBe(code);
    expect(await place.read(name)).toEqual(before);
  });

  it("a file that changed meanwhile is not overwritten", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    const editor = `sh -c 'sed -i s/hunter2/mine/ "$0"; echo "# somebody" >> ${name}'`;
    expect(await place.flurry(["edit", name], { env: { EDITOR: editor } })).toMatchObject({ exitCode: 3 });
    expect((await place.read(name)).toString()).toMatch(/# somebody\n$/);
  });

  it("a new file is for whom the rule says", async () => {
    await using place = await secretsPlace();
    await place.ok(["edit", "team/made.yaml"], { env: { EDITOR: `sh -c 'echo "a: 1" > "$0"'` } });
    expect(await agreed(place, "team/made.yaml")).toBe("a: 1\n");
    const refused = await place.flurry(["edit", "elsewhere.yaml"], { env: { EDITOR: "true" } });
    expect(refused).toMatchObject({ exitCode: 111 });
  });
});

describe("exec", () => {
  it("values are variables of the command, whose exit code counts", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place, "team/app.env");
    const spawned = await place.spawn(["exec-env", name, "--", "sh", "-c", "echo $password $PORT; exit 7"]);
    expect(spawned).toMatchObject({ exitCode: 7, stdout: "hunter2 80\n" });
    expect(await place.flurry(["exec-env", name, "exit 7"])).toMatchObject({ exitCode: 7 });
    expect((await place.ok(["exec-env", "--pristine", name, "--", "env"])).split("\n").sort()).toEqual(
      ["", "PORT=80", "password=hunter2", `PATH=${place.env["PATH"]}`].sort(),
    );
    const yaml = await encrypted(place);
    expect(await place.flurry(["exec-env", yaml, "--", "true"])).toMatchObject({ exitCode: 4 });
  });

  it("a file is there for the command and gone afterwards", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    const words = ["exec-file", "--no-fifo", name, "--", "sh", "-c", 'stat -c "%a %F %n" "$0"; cat "$0"', "{}"];
    const shown = await place.ok(words);
    const [head = "", ...rest] = shown.split("\n");
    expect(rest.join("\n")).toBe(samples["team/app.yaml"]);
    const path = /^600 regular file (\/dev\/shm\/.*)$/.exec(head)?.[1] ?? head;
    await expect(stat(path)).rejects.toThrow("ENOENT");
    expect(await place.ok(["exec-file", "--filename", "x y", name, "basename {}"])).toBe("x y\n");
  });

  it("without --no-fifo it is a pipe, as with sops, that may be read as often as the command likes", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    const { stdout: shown } = await place.spawn([
      "exec-file",
      name,
      'stat -c "%a %F %n" {}; cat {} {}; head -c 3 {}; cat < {}',
    ]);
    const plain = samples["team/app.yaml"];
    const [head = "", ...rest] = shown.split("\n");
    expect(rest.join("\n")).toBe(plain + plain + plain.slice(0, 3) + plain);
    const path = /^600 fifo (\/dev\/shm\/.*\/app\.yaml)$/.exec(head)?.[1] ?? head;
    await expect(stat(dirname(path))).rejects.toThrow("ENOENT");
    // One that reads nothing, and one that fails.
    expect(await place.flurry(["exec-file", name, ": {}; exit 7"])).toMatchObject({ exitCode: 7 });
    const both = ["exec-file", name, 'stat -c "%a %F" {}; cat {}'];
    const theirs = withSops ? (await place.run("sops", both)).stdout : undefined;
    expect(await place.ok(both)).toBe(theirs ?? `600 fifo\n${plain}`);
  });

  it("more than a pipe holds gets through it, to readers that are there at the same time too", async () => {
    await using place = await secretsPlace();
    const big = Buffer.alloc(1_000_003, "0123456789\n");
    await place.ok(["set", "big.bin", "--age", place.recipient], { stdin: big });
    const hash = createHash("sha256").update(big).digest("hex");
    const shown = await place.ok([
      "exec-file",
      "big.bin",
      "sha256sum < {}; sha256sum < {} & sleep 0.3; sha256sum < {}; wait",
    ]);
    expect(shown).toBe(`${hash}  -\n`.repeat(3));
  });

  it("a command that is ended leaves nothing of its pipe", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    const script = `"$0" "$@" & pid=$!; until [ -s seen ]; do sleep 0.1; done; kill -TERM $pid; wait $pid`;
    const command = "echo {} > seen; exec sleep 60";
    const words = ["-c", script, process.execPath, bin, "secrets", "exec-file", name, command];
    expect(await place.run("sh", words)).toMatchObject({ exitCode: 143 });
    await expect(stat(dirname((await place.read("seen")).toString().trim()))).rejects.toThrow("ENOENT");
  });
});

describe("keygen", () => {
  it.each([[[]], [["--post-quantum"]]])("a key %j is private, opens files and is never overwritten", async (more) => {
    await using place = await secretsPlace();
    const words = ["keygen", "--output", "key.txt", ...more];
    const recipient = (await place.ok(words)).trim();
    expect((await stat(join(place.path, "key.txt"))).mode & 0o777).toBe(0o600);
    expect(await place.flurry(words)).toMatchObject({ exitCode: 3, stdout: "" });
    await place.ok(["set", "a.yaml", "a", "--age", recipient], { stdin: "x" });
    expect(await place.ok(["get", "-i", "key.txt", "a.yaml", "a"])).toBe("x");
    expect(await place.flurry(["get", "a.yaml"])).toMatchObject({ exitCode: 128 });
  });
});

it("the variables of sops tell where private keys are", async () => {
  await using place = await secretsPlace();
  const recipient = (await place.ok(["keygen", "--output", "key.txt"])).trim();
  await place.ok(["set", "a.yaml", "a", "--age", recipient], { stdin: "x" });
  await place.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "id"]);
  await place.ok(["set", "b.yaml", "a", "--age", (await place.read("id.pub")).toString().trim()], { stdin: "x" });
  const key = (await place.read("key.txt")).toString();
  for (const env of [{ SOPS_AGE_KEY: key }, { SOPS_AGE_KEY_FILE: "key.txt" }, { SOPS_AGE_KEY_CMD: "cat 'key.txt'" }])
    expect(await place.ok(["get", "a.yaml", "a"], { env })).toBe("x");
  for (const env of [{ SOPS_AGE_SSH_PRIVATE_KEY_FILE: "id" }, { SOPS_AGE_SSH_PRIVATE_KEY_CMD: "cat id" }])
    expect(await place.ok(["get", "b.yaml", "a"], { env })).toBe("x");
  await place.ok(["set", "c.yaml", "a"], {
    stdin: "x",
    env: { SOPS_AGE_RECIPIENTS: `${recipient},${place.recipient}` },
  });
  expect(await place.ok(["get", "c.yaml", "a"])).toBe("x");
});

it("a command that prints keys is told whose is wanted, run only when it is needed, and may fail for others", async () => {
  await using place = await secretsPlace();
  const mine = (await place.ok(["keygen", "--output", "mine.txt"])).trim();
  const other = (await place.ok(["keygen", "--output", "other.txt"])).trim();
  await place.run("mv", ["mine.txt", mine]);
  await place.put("keys", '#!/bin/sh\necho "$SOPS_AGE_RECIPIENT" >> asked\nexec cat "$SOPS_AGE_RECIPIENT"\n');
  await chmod(join(place.path, "keys"), 0o700);
  const env = { HOME: "/nonexistent", SOPS_AGE_KEY_CMD: join(place.path, "keys") };
  await place.ok(["set", "a.env", "A", "--age", `${other},${mine}`], { stdin: "x" });
  expect(await place.ok(["get", "a.env", "A"], { env })).toBe("x");
  expect((await place.read("asked")).toString()).toBe(`${other}\n${mine}\n`);
  const theirs = withSops ? (await place.run("sops", ["-d", "a.env"], { env })).stdout : "A=x\n";
  expect(theirs).toBe("A=x\n");
  // With a key at hand nobody is asked.
  await place.put("asked", "");
  const both = { ...env, SOPS_AGE_KEY_FILE: "other.txt" };
  expect(await place.ok(["get", "a.env", "A"], { env: both })).toBe("x");
  expect((await place.read("asked")).toString()).toBe("");
  // Rekeying goes by the same command.
  await place.put(".sops.yaml", `creation_rules:\n  - age: ${mine}\n`);
  await place.ok(["rekey", "--yes", "a.env"], { env });
  expect(await place.ok(["get", "a.env", "A"], { env })).toBe("x");
  await place.run("rm", [mine]);
  const failed = await place.flurry(["get", "a.env", "A"], { env });
  // As sops, to which a command that fails is a place without keys.
  expect(failed.exitCode).toBe(withSops ? (await place.run("sops", ["-d", "a.env"], { env })).exitCode : 128);
  expect(failed.stderr).toContain("The command in SOPS_AGE_KEY_CMD ended with 1");
});

it("an age file is for whom secrets.nix says", async () => {
  await using place = await secretsPlace();
  await place.put("secrets.nix", `{ "wifi.age" = { publicKeys = [ "${place.recipient}" ]; armor = true; }; }`);
  await place.ok(["set", "wifi.age"], { stdin: "one" });
  await place.ok(["edit", "wifi.age"], { env: { EDITOR: "sed -i s/one/two/" } });
  expect((await place.read("wifi.age")).toString()).toContain("BEGIN AGE ENCRYPTED FILE");
  expect(await place.ok(["get", "wifi.age"])).toBe("two");
  expect(await place.flurry(["set", "other.age"], { stdin: "x" })).toMatchObject({ exitCode: 111 });
});

describe("a file that is not as its policy says", () => {
  it("gets no new value while somebody else can read it", async () => {
    await using place = await secretsPlace();
    const other = (await place.ok(["keygen", "--output", "other"])).trim();
    await place.ok(["set", "team/x.yaml", "a", "--age", `${place.recipient},${other}`], { stdin: "x" });
    const before = await place.read("team/x.yaml");
    const refused = await place.flurry(["set", "team/x.yaml", "a"], { stdin: "y" });
    expect(refused.stderr).toContain("error[FLURRY_SOPS_GUARD]");
    const editor = { EDITOR: "sed -i s/x/y/" };
    expect((await place.flurry(["edit", "team/x.yaml"], { env: editor })).stderr).toContain("FLURRY_SOPS_GUARD");
    expect(await place.read("team/x.yaml")).toEqual(before);
    const warned = await place.flurry(["set", "team/x.yaml", "a", "--yes"], { stdin: "y" });
    expect(warned).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining("warning: team/x.yaml can be read by"),
    });
  });

  it("stores no new value in clear by a selector that somebody exchanged", async () => {
    await using place = await secretsPlace();
    await place.put(
      ".sops.yaml",
      `creation_rules:\n  - age: ${place.recipient}\n    unencrypted_suffix: _unencrypted\n`,
    );
    await place.ok(["set", "x.yaml", "a_unencrypted"], { stdin: "x" });
    const text = (await place.read("x.yaml")).toString();
    await place.put(
      "x.yaml",
      text.replace("unencrypted_suffix: _unencrypted", "unencrypted_regex: (_unencrypted|^b)$"),
    );
    expect(await place.ok(["get", "x.yaml", "a_unencrypted"])).toBe("x");
    expect((await place.flurry(["set", "x.yaml", "b"], { stdin: "y" })).stderr).toContain("FLURRY_SOPS_GUARD");
  });

  it("a fleet says who reads its files", async () => {
    await using place = await secretsPlace();
    const fleet = `hosts:\n  nas: { address: 10.0.0.1 }\nsecrets:\n  backend: sops\n  admins: { alice: ${place.recipient} }\n`;
    await place.put("fleet.yaml", `${fleet}  files:\n    fleet/nas.yaml: { hosts: [] }\n`);
    const made = await place.flurry(["set", "fleet/nas.yaml", "a"], { stdin: "x" });
    expect(made).toMatchObject({ exitCode: 0 });
    expect(await place.ok(["get", "fleet/nas.yaml", "a"])).toBe("x");
  });
});

describe("an edit that is interrupted", () => {
  it.each(["TERM", "INT", "HUP"])("by SIG%s leaves the file as it was and nothing in clear", async (signal) => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    const before = await place.read(name);
    await place.put("editor", '#!/bin/sh\necho "$1" > seen\nexec sleep 60\n');
    await chmod(join(place.path, "editor"), 0o700);
    // A shell has its background jobs ignore SIGINT; env takes that back.
    const script = `env --default-signal=INT "$0" "$@" & pid=$!; until [ -s seen ]; do sleep 0.1; done; kill -${signal} $pid; wait $pid`;
    const words = ["-c", script, process.execPath, bin, "secrets", "edit", name];
    const { exitCode } = await place.run("sh", words, { env: { EDITOR: join(place.path, "editor") } });
    expect(exitCode).toBe(130);
    expect(await place.read(name)).toEqual(before);
    const folder = dirname((await place.read("seen")).toString().trim());
    expect(folder).toMatch(/^\/dev\/shm\//);
    await expect(stat(folder)).rejects.toThrow("ENOENT");
  });
});

describe.runIf(hasTool("expect"))("at a terminal", () => {
  const quoted = (words: readonly string[]): string => words.map((word) => `{${word}}`).join(" ");

  it("a value and a passphrase are asked for and never shown", async () => {
    await using place = await secretsPlace();
    const name = await encrypted(place);
    const flurry = [process.execPath, bin, "secrets"];
    const script = [
      "set timeout 60",
      `spawn ${quoted([...flurry, "set", name, "password"])}`,
      'expect "The value of password" { send "typed-in-secret\\r" }',
      "expect eof",
      `spawn ${quoted([...flurry, "keygen", "--passphrase", "--output", "locked.txt"])}`,
      'expect "Passphrase for the new key" { send "open-sesame\\r" }',
      'expect "The same again" { send "open-sesame\\r" }',
      "expect eof",
    ].join("\n");
    const { stdout } = await place.run("expect", ["-c", script]);
    expect(stdout).not.toMatch(/typed-in-secret|open-sesame/);
    expect(await place.ok(["get", name, "password"])).toBe("typed-in-secret");
    const recipient = /age1\w+/.exec(stdout)?.[0] ?? "";
    await place.ok(["set", "locked.yaml", "a", "--age", recipient], { stdin: "behind it" });
    const words = quoted([...flurry, "get", "-i", "locked.txt", "locked.yaml", "a"]);
    const opened = await place.run("expect", [
      "-c",
      `set timeout 60\nspawn ${words}\nexpect "Passphrase of" { send "open-sesame\\r" }\nexpect eof`,
    ]);
    expect(opened.stdout).toContain("behind it");
    const nobody = await place.flurry(["get", "-i", "locked.txt", "locked.yaml"]);
    expect(nobody).toMatchObject({ exitCode: 128, stderr: expect.stringContaining("FLURRY_AGE_PASSPHRASE_REQUIRED") });
  });
});
