import { chmod, copyFile, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { tempDir } from "@flurry/core";
import type { TempDir } from "@flurry/core";
import { decryptAge, encryptAge, parseRecipient, PluginIdentity, PluginRecipient } from "@flurry/secrets";
import type { PluginOptions } from "@flurry/secrets";
import { bech32 } from "@scure/base";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { hasTool, tool, toolPath } from "./real-tools.ts";

let dir: TempDir;
let options: PluginOptions;
const plain = Buffer.from("a secret");

beforeAll(async () => {
  dir = await tempDir("flurry-plugin");
  const program = join(dir.path, "age-plugin-flurrytest");
  await copyFile(new URL("age-plugin-flurrytest.mjs", import.meta.url), `${program}.mjs`);
  await writeFile(program, `#!/bin/sh\necho $$ >"$0.pid"\nexec "${process.execPath}" "$0.mjs" "$@"\n`);
  await chmod(program, 0o755);
  options = { env: { ...process.env, PATH: [dir.path, toolPath].join(delimiter) }, timeoutMs: 60_000 };
});
afterAll(async () => {
  await dir[Symbol.asyncDispose]();
});

/** How the plugin behaves; see age-plugin-flurrytest.mjs. */
const behaviours = {
  well: 0,
  message: 1,
  pin: 2,
  confirm: 3,
  hang: 4,
  exit: 5,
  garbage: 6,
  flood: 7,
  unknown: 8,
  stubborn: 9,
  label: 10,
  shortKey: 11,
};
type Behaviour = keyof typeof behaviours;

const recipient = (behaviour: Behaviour = "well", key = 42): string =>
  bech32.encode("age1flurrytest", bech32.toWords(Uint8Array.of(key, behaviours[behaviour])), false);
const identity = (behaviour: Behaviour = "well", key = 42): string =>
  bech32
    .encode("age-plugin-flurrytest-", bech32.toWords(Uint8Array.of(key, behaviours[behaviour])), false)
    .toUpperCase();
const encrypt = (behaviour: Behaviour, more: PluginOptions = {}) =>
  encryptAge(plain, [parseRecipient(recipient(behaviour), { ...options, ...more })]);
const decrypt = async (behaviour: Behaviour, more: PluginOptions = {}) =>
  Buffer.from(
    await decryptAge(await encrypt("well"), [new PluginIdentity(identity(behaviour), { ...options, ...more })]),
  ).toString();

async function processIsGone(): Promise<boolean> {
  const pid = Number(await readFile(join(dir.path, "age-plugin-flurrytest.pid"), "utf8"));
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

describe("a plugin", () => {
  it("encrypts and decrypts, twenty times with and without noise", async () => {
    for (let round = 0; round < 20; round++) expect(await decrypt("well")).toBe("a secret");
    await expect.poll(processIsGone).toBe(true);
  });

  it("encrypts to its own identity", async () => {
    const own = { ...parseRecipient(recipient(), options), recipient: new PluginRecipient(identity(), options) };
    const file = await encryptAge(plain, [own]);
    expect(Buffer.from(await decryptAge(file, [new PluginIdentity(identity(), options)])).toString()).toBe("a secret");
  });

  it("whose key is another does not match", async () => {
    const other = new PluginIdentity(identity("well", 43), options);
    await expect(decryptAge(await encrypt("well"), [other])).rejects.toMatchObject({ code: "FLURRY_AGE_NO_MATCH" });
  });

  it("is used by age in the same way, both ways", async () => {
    const env = options.env ?? {};
    const at = (name: string): string => join(dir.path, name);
    await writeFile(at("id"), `# test\n${identity()}\n`);
    await writeFile(at("plain"), plain);
    await writeFile(at("ours.age"), await encrypt("well"));
    for (const age of ["/usr/bin/age", ...(hasTool("age-1.2.0") ? ["age"] : []), ...["rage"].filter(hasTool)]) {
      await tool(age, ["-d", "-i", at("id"), "-o", at("out"), at("ours.age")], { env: pathOf(env) });
      expect(await readFile(at("out"), "utf8")).toBe("a secret");
      await tool(age, ["-r", recipient(), "-o", at("theirs.age"), at("plain")], { env: pathOf(env) });
      expect(
        Buffer.from(
          await decryptAge(await readFile(at("theirs.age")), [new PluginIdentity(identity(), options)]),
        ).toString(),
      ).toBe("a secret");
    }
  });

  it("shows messages, fit for a terminal", async () => {
    const seen: string[] = [];
    expect(await decrypt("message", { ui: { message: (plugin, text) => void seen.push(`${plugin}: ${text}`) } })).toBe(
      "a secret",
    );
    expect(seen).toEqual(["flurrytest: touch [31m your token"]);
    expect(await decrypt("message")).toBe("a secret");
  });

  it("asks for a PIN", async () => {
    const asked: string[] = [];
    const ui = (pin: string | undefined) => ({
      request: (_: string, prompt: string, kind: string) => {
        asked.push(`${kind} ${prompt}`);
        return Promise.resolve(pin);
      },
    });
    expect(await decrypt("pin", { ui: ui("1234") })).toBe("a secret");
    expect(asked).toEqual(["secret PIN?"]);
    await expect(decrypt("pin", { ui: ui("0000") })).rejects.toMatchObject({
      code: "FLURRY_AGE_PLUGIN_FAILED",
      message: "age-plugin-flurrytest: wrong PIN",
    });
    await expect(decrypt("pin")).rejects.toMatchObject({ code: "FLURRY_AGE_PLUGIN_FAILED" });
  });

  it("asks to confirm", async () => {
    const answer = (yes: boolean | undefined) => ({
      ui: {
        confirm: (_: string, __: string, choices: { yes: string; no?: string }) =>
          Promise.resolve(choices.yes === "yes, do" && choices.no === "no" ? yes : undefined),
      },
    });
    expect(await decrypt("confirm", answer(true))).toBe("a secret");
    await expect(decrypt("confirm", answer(false))).rejects.toMatchObject({
      message: "age-plugin-flurrytest: not confirmed",
    });
    await expect(decrypt("confirm", answer(undefined))).rejects.toMatchObject({
      message: "age-plugin-flurrytest: not confirmed",
    });
  });

  it("is told when we do not know its command", async () => expect(await decrypt("unknown")).toBe("a secret"));

  it.each(["hang", "stubborn"] as const)("that does %s is ended at its deadline", async (behaviour) => {
    const start = Date.now();
    await expect(decrypt(behaviour, { timeoutMs: 700 })).rejects.toMatchObject({ code: "FLURRY_TIMEOUT" });
    expect(Date.now() - start).toBeLessThan(60_000);
    await expect.poll(processIsGone).toBe(true);
  });

  it("is ended when its caller gives up", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    await expect(encrypt("hang", { signal: controller.signal })).rejects.toMatchObject({ code: "FLURRY_ABORTED" });
    await expect.poll(processIsGone).toBe(true);
    await expect(encrypt("well", { signal: controller.signal })).rejects.toMatchObject({ code: "FLURRY_ABORTED" });
  });

  it.each(["exit", "garbage", "flood", "shortKey"] as const)("that does %s is an error", async (behaviour) => {
    await expect(decrypt(behaviour)).rejects.toMatchObject({ code: "FLURRY_AGE_PLUGIN_FAILED" });
    await expect.poll(processIsGone).toBe(true);
  });

  it("that is post-quantum does not share a file with a classic recipient", async () => {
    const classic = parseRecipient(recipient("well", 1), options);
    await expect(encryptAge(plain, [classic, parseRecipient(recipient("label"), options)])).rejects.toMatchObject({
      code: "FLURRY_AGE_RECIPIENTS_MIXED",
    });
    await encryptAge(plain, [parseRecipient(recipient("label"), options)]);
  });

  it("that is not installed is named", async () => {
    const nobody = bech32.encode("age-plugin-nobody-", bech32.toWords(Uint8Array.of(1)), false).toUpperCase();
    await expect(decryptAge(await encrypt("well"), [new PluginIdentity(nobody, options)])).rejects.toMatchObject({
      code: "FLURRY_AGE_PLUGIN_NOT_FOUND",
      message: "age-plugin-nobody was not found",
    });
  });
});

describe.skipIf(!hasTool("age-plugin-batchpass"))("age-plugin-batchpass, age's own", () => {
  it("opens files with a passphrase", async () => {
    const env = { ...options.env, AGE_PASSPHRASE: "open sesame", AGE_PASSPHRASE_WORK_FACTOR: "10" };
    const text = bech32.encode("age-plugin-batchpass-", [], false).toUpperCase();
    const file = await encryptAge(plain, [
      { ...parseRecipient(recipient(), options), recipient: new PluginRecipient(text, { ...options, env }) },
    ]);
    expect(Buffer.from(await decryptAge(file, [new PluginIdentity(text, { ...options, env })])).toString()).toBe(
      "a secret",
    );
  });
});

function pathOf({ PATH }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return PATH === undefined ? {} : { PATH };
}
